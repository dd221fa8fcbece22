// The editor of definitions: what is typed goes to the server after a moment, and what it says of it comes back into the
// form. Every button of the form is a `do=` that is posted with it.

import { touched } from "./morph.js";
import { exchange } from "./region.js";

// Waiting time after the last key, in milliseconds.
const QUIET = 150;

const form = () => document.querySelector("form.editor");

// One question at a time, in the order they were asked.
let turn = Promise.resolve();
let timer;

const ask = (button) => {
	clearTimeout(timer);
	turn = turn.then(() => send(button)).catch((error) => console.warn("The form could not be sent:", error));
};

const send = async (button) => {
	const editor = form();
	const body = new URLSearchParams(new FormData(editor));
	for (const field of editor.querySelectorAll(".only-without-script [name]")) body.delete(field.name);
	body.set("do", button?.value ?? "look");
	if (button?.dataset.pasted) body.set("pasted", button.dataset.pasted);
	touched.clear();
	const deploys = button?.value === "deploy";
	const word = button?.textContent;
	if (deploys) {
		button.disabled = true;
		button.textContent = button.dataset.busy;
	}
	try {
		await exchange(["editor"], location.href, body, (answer) => {
			if (deploys && answer.redirected) location.assign(answer.url);
			return deploys && answer.redirected;
		});
	} catch (error) {
		if (deploys) {
			button.disabled = false;
			button.textContent = word;
		}
		throw error;
	}
	paint();
	if (deploys) document.getElementById("mistakes")?.focus();
	if (button) follow(form().dataset.focus);
};

const follow = (id) => {
	const place = id && document.getElementById(id);
	(place?.querySelector("select, textarea, input:not([type=hidden])") ?? place)?.focus();
};

// What is typed into a field whose list is a part of the page is completed by the server, beside what the form asks it.
let completing;
const complete = ({ value, list }) => {
	clearTimeout(completing);
	completing = setTimeout(async () => {
		const to = new URL(location);
		to.searchParams.set("typed", value);
		await exchange([list.dataset.live], to).catch((error) => console.warn("Nothing to complete with:", error));
	}, QUIET);
};

const typed = (event) => {
	const { target } = event;
	if (!target.name || target.form !== form()) return;
	if (target.list?.dataset.live) complete(target);
	touched.add(target);
	if (target.id === "twin") {
		// The two say together what was changed in the text.
		touched.add(target.form.elements.namedItem("shown"));
		paint();
	}
	document.querySelector(".plan").classList.add("stale");
	clearTimeout(timer);
	timer = setTimeout(ask, target.localName === "select" || target.type === "checkbox" ? 0 : QUIET);
};

const pressed = (event) => {
	if (event.target !== form()) return;
	event.preventDefault();
	ask(event.submitter);
};

// Lines of `KEY=value` become rows.
const pasted = (event) => {
	const { paste } = event.target.dataset;
	const lines = event.clipboardData.getData("text");
	if (!paste || !/^[^#=\n]+=/m.test(lines)) return;
	event.preventDefault();
	ask({ value: paste, dataset: { pasted: lines } });
};

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const PIECES = /("(?:[^"\\\n]|\\.)*"?)(?=(\s*:)?)|[-\d][\w+.-]*|\b[a-z]+\b/g;

// Larger texts stay plain, so that typing stays quick.
const COLOURED_MAX = 100_000;

// The colours of the text as it is being typed; the server draws the same, with the marks.
const paint = () => {
	const twin = document.getElementById("twin");
	if (twin.value === twin.defaultValue) return;
	let html = "";
	let at = 0;
	for (const piece of twin.value.length > COLOURED_MAX ? [] : twin.value.matchAll(PIECES)) {
		const kind = piece[1] === undefined ? "literal" : piece[2] ? "key" : "text";
		html += `${escape(twin.value.slice(at, piece.index))}<span class="${kind}">${escape(piece[0])}</span>`;
		at = piece.index + piece[0].length;
	}
	html += escape(twin.value.slice(at));
	const lines = html.split("\n").map((line) => `<span class="line">${line}\n</span>`);
	document.querySelector(".twin-mirror").innerHTML = lines.join("");
};

// Whether somebody was quicker than the scripts, or the browser put back what was typed before.
const changed = (field) => {
	if (field.localName === "select") {
		// Without a choice of the server's the first is it.
		const chosen = [...field.options].findIndex((each) => each.defaultSelected);
		return field.selectedIndex !== Math.max(chosen, 0);
	}
	if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
	return "defaultValue" in field && field.value !== field.defaultValue;
};

export function watch_editor() {
	document.addEventListener("input", typed);
	document.addEventListener("paste", pasted);
	document.addEventListener("submit", pressed);
	document.body.classList.add("twin-live");
	for (const field of form()?.elements ?? []) {
		if (field.name && changed(field)) typed({ target: field });
	}
}
