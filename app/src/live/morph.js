// Makes a part of the page like the one that the server has just drawn, and keeps what stays: its nodes, and with them
// what a person has typed, opened, chosen or focused.

const FIELDS = ["button", "input", "option", "select", "textarea"];

// How the server last drew what a person opens and closes.
const drawn = new WeakMap();
const remember = (root) => {
	for (const details of [root, ...(root.querySelectorAll?.("details") ?? [])]) drawn.set(details, details.open);
};
remember(document);

const keyOf = (node) => {
	if (node.nodeType !== Node.ELEMENT_NODE) return "";
	const name = FIELDS.includes(node.localName) && node.getAttribute("name");
	const choice = node.localName === "button" || node.type === "radio" ? node.getAttribute("value") : "";
	return node.id || node.dataset.key || (name ? `${name} ${node.type} ${choice}` : "");
};

// Fields that were typed into since the question that is being answered.
export const touched = new Set();

// The first class says what an element is, the others how it is.
const kind = (node) => node.nodeName + (node.getAttribute?.("class") ?? "").split(" ")[0];

// A field follows when the server says something new. The one that has the focus keeps what is typed, unless its text is
// one with the rest of the form.
const fill = (field, fresh) => {
	if (touched.has(field)) return;
	if (field.localName === "option" && field.defaultSelected !== fresh.defaultSelected) {
		field.selected = field.defaultSelected = fresh.defaultSelected;
	} else if (/^(checkbox|radio)$/.test(field.type) && field.defaultChecked !== fresh.defaultChecked) {
		field.checked = field.defaultChecked = fresh.defaultChecked;
	} else if ("defaultValue" in field && field.defaultValue !== fresh.defaultValue) {
		const stays = field === document.activeElement && !("follows" in field.dataset);
		const value = stays ? field.value : fresh.defaultValue;
		field.defaultValue = fresh.defaultValue;
		if (field.value !== value) field.value = value;
	}
};

const attributes = (old, fresh) => {
	const details = old.localName === "details";
	const own = details ? ["open"] : "defaultValue" in old || old.localName === "option" ? ["checked", "selected", "value"] : [];
	for (const { name, value } of fresh.attributes) {
		if (!own.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
	}
	for (const { name } of [...old.attributes]) {
		if (!own.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
	}
	// It does not close over what is being typed.
	if (details && drawn.get(old) !== fresh.open && (fresh.open || !old.contains(document.activeElement))) {
		old.open = fresh.open;
		drawn.set(old, fresh.open);
	}
	fill(old, fresh);
};

const blend = (old, fresh) => {
	if (old.nodeType !== Node.ELEMENT_NODE) {
		if (old.data !== fresh.data) old.data = fresh.data;
		return;
	}
	if ("keep" in fresh.dataset) return;
	// An island is its own master, and is told what it would be given now.
	if (old.localName === "leptos-island") {
		old.firstElementChild?.dispatchEvent(new CustomEvent("given", { detail: fresh.dataset.props }));
		return;
	}
	// Written in the viewer's zone.
	const written = old.matches("time.local") && old.dateTime === fresh.dateTime;
	if (written || "held" in old.dataset) return;
	attributes(old, fresh);
	if (old.localName !== "textarea") children(old, fresh);
};

const children = (old, fresh) => {
	const keyed = new Map([...old.children].map((child) => [keyOf(child), child]));
	let at = old.firstChild;
	for (const next of [...fresh.childNodes]) {
		const key = keyOf(next);
		let match = key ? keyed.get(key) : at;
		while (!key && match && (keyOf(match) || kind(match) !== kind(next))) match = match.nextSibling;
		if (!match || match.nodeName !== next.nodeName) {
			old.insertBefore(next, at);
			remember(next);
			continue;
		}
		if (match === at) at = at.nextSibling;
		else old.insertBefore(match, at);
		blend(match, next);
	}
	while (at) {
		const after = at.nextSibling;
		at.remove();
		at = after;
	}
};

// `fresh` is taken apart.
export function morph(old, fresh) {
	const focused = document.activeElement;
	blend(old, fresh);
	// A node that is moved loses the focus; one that is drawn anew under its name gets it again.
	const heir = focused?.isConnected ? focused : focused?.id && document.getElementById(focused.id);
	if (heir && heir !== document.activeElement) heir.focus({ preventScroll: true });
}
