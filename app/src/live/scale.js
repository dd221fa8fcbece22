// Minus, number, plus: a click counts at once, several in a row are one request. Without scripts the same is a form.

import { exchange } from "./region.js";

// Several clicks within this time, in milliseconds, are one request.
const GATHER = 160;

// A bar with more instances draws them in proportion, which the server does.
const SEGMENTS = 40;

const waiting = new WeakMap();

// What is wanted stands in the bar at once: as missing, until it is seen.
const show = (form, count) => {
	const bar = form.closest("[data-key], [data-live]")?.querySelector(".bar");
	if (!bar || count > SEGMENTS || bar.children.length > SEGMENTS) return;
	const known = [...bar.children].filter((each) => !each.classList.contains("m"));
	const missing = Math.max(count - known.length, known.length ? 0 : 1);
	const drawn = Array.from({ length: missing }, () => document.createElement("i"));
	for (const each of drawn) each.className = "m";
	bar.replaceChildren(...known, ...drawn);
};

const set = (form, field, count) => {
	count = Math.min(Math.max(count, field.min), field.max);
	field.value = count;
	show(form, count);
	// What the server draws meanwhile does not know of the click yet.
	form.dataset.held = "";
	form.classList.add("pending");
	clearTimeout(waiting.get(form));
	const timer = setTimeout(async () => {
		const body = new URLSearchParams(new FormData(form));
		body.set("instances", count);
		body.set("set", "1");
		const done = () => {
			if (waiting.get(form) !== timer) return;
			waiting.delete(form);
			delete form.dataset.held;
			form.classList.remove("pending");
			field.value = field.defaultValue;
		};
		const key = form.closest("[data-key]")?.dataset.key;
		const region = form.closest("[data-live]").dataset.live;
		try {
			await exchange(["said", key ? `${region}:${key}` : region], form.action, body, done);
		} catch (error) {
			// That the console is away is said by the page already.
			console.warn("The count could not be sent:", error);
		}
		done();
	}, GATHER);
	waiting.set(form, timer);
};

const pressed = (event) => {
	const button = event.target.closest("form.step button[name=by]");
	if (!button) return;
	event.preventDefault();
	const field = button.form.elements.namedItem("instances");
	set(button.form, field, Number(field.value) + Number(button.value));
};

const typed = (event) => {
	const field = event.target.closest("form.step input[name=instances]");
	if (field && /^\d+$/.test(field.value.trim())) set(field.form, field, Number(field.value));
};

const sent = (event) => {
	if (event.target.matches("form.step")) event.preventDefault();
};

export function watch_steppers() {
	document.addEventListener("click", pressed);
	document.addEventListener("change", typed);
	document.addEventListener("submit", sent);
}
