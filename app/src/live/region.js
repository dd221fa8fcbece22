// Keeps the parts of a server-drawn page fresh that are marked `data-live`: after a change they are asked for again, and
// what the server draws is laid over what stands there. `data-on` names the kinds of events that a part shows, each
// possibly with a word that must stand in the event; without it any kind counts, and with "-" none. Of a part with
// `data-keyed` only the children that an event names are asked for: by their key, or those that are of what it names.
// A part with `data-every` is asked for once in so many seconds, as time goes on in it whatever happens.

import { morph } from "./morph.js";
import { localise_all } from "./time.js";

// At most four answers a second, and one at a time.
const PAUSE = 250;
// After a question that found nobody.
const AGAIN = 2_000;
// More children than this are asked for as a whole.
const MANY = 40;

let stale = new Set();
let planned = false;
let last = 0;
let pause = PAUSE;

// Questions are counted, so that an answer does not undo what a later one has shown.
let questions = 0;
const shown = new Map();

const named = (name) => document.querySelector(`[data-live="${name}"]`);

export function heard(kind, text) {
	for (const region of document.querySelectorAll("[data-live]")) {
		const { live, on, keyed } = region.dataset;
		const shows = (each) => {
			const [name, word] = each.split(":");
			return name === kind && (!word || text.includes(`"${word}"`));
		};
		if (on === "-" || (kind !== "reset" && on && !on.split(" ").some(shows))) continue;
		if (keyed === undefined || kind === "reset") {
			stale.add(live);
		} else {
			const { environment, name, app } = JSON.parse(text).data;
			if (environment) stale.add(`${live}:${environment}/${name ?? app}`);
			else for (const child of region.children) if (child.dataset.of === name) stale.add(`${live}:${child.dataset.key}`);
		}
	}
	plan();
}

const plan = () => {
	if (planned || !stale.size || document.hidden) return;
	planned = true;
	setTimeout(refresh, Math.max(0, last + pause - Date.now()));
};
document.addEventListener("visibilitychange", plan);

for (const { dataset } of document.querySelectorAll("[data-every]")) {
	setInterval(() => {
		stale.add(dataset.live);
		plan();
	}, 1_000 * dataset.every);
}

const refresh = async () => {
	const asked = stale;
	stale = new Set();
	last = Date.now();
	try {
		await exchange([...asked], location.href);
		// A console that has much to do is asked less often.
		pause = Math.max(PAUSE, 4 * (Date.now() - last));
	} catch (error) {
		console.warn("The page could not be refreshed:", error);
		for (const name of asked) stale.add(name);
		pause = AGAIN;
	}
	planned = false;
	plan();
};

// Asks for parts of the page, or posts a form to it, and lays the answer over them, unless `before` that it is dealt with.
export async function exchange(names, to, body, before) {
	const wholes = names.filter((name) => !name.includes(":") || names.length > MANY).map((name) => name.split(":")[0]);
	const asked = [...new Set([...wholes, ...names.filter((name) => !wholes.includes(name.split(":")[0]))])];
	const question = ++questions;
	const answer = await fetch(to, {
		method: body ? "POST" : "GET",
		headers: { "x-regions": asked.join(" ") },
		body,
	});
	const page = new DOMParser().parseFromString(await answer.text(), "text/html");
	// Of a proxy, or of a console that cannot read now and is asked again.
	if (answer.status >= 500 && !(body && page.querySelector("[data-live], [data-refused]"))) throw answer.status;
	if (!before?.(answer)) lay(asked.filter((name) => question > (shown.get(name) ?? 0)), page);
	for (const name of asked) shown.set(name, Math.max(question, shown.get(name) ?? 0));
}

const lay = (asked, page) => {
	// Where there is nothing to be seen any more, that is said above what was seen.
	document.querySelector("[data-refused]")?.remove();
	const refused = page.querySelector("[data-refused]");
	if (refused) return document.getElementById("content").prepend(refused);
	for (const name of new Set(asked.map((each) => each.split(":")[0]))) {
		const [old, fresh] = [named(name), page.querySelector(`[data-live="${name}"]`)];
		if (!old && !fresh) continue;
		// Another page than the one that stands here: to sign in, or of another build.
		if (!old || !fresh) return location.reload();
		if (asked.includes(name)) morph(old, fresh);
		else children(old, fresh, asked.filter((each) => each.startsWith(`${name}:`)).map((each) => each.slice(name.length + 1)));
	}
	localise_all();
};

// The children that were asked for: those that are gone leave, those that are new find their place by their order.
const children = (old, fresh, keys) => {
	const of = (parent, key) => [...parent.children].find((child) => child.dataset.key === key);
	for (const key of keys) {
		if (!of(fresh, key)) of(old, key)?.remove();
	}
	for (const child of [...fresh.children]) {
		const known = of(old, child.dataset.key);
		if (known) morph(known, child);
		else old.insertBefore(child, [...old.children].find((other) => other.dataset.order > child.dataset.order) ?? null);
	}
};
