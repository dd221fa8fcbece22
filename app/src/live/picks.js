// Says how many rows are ticked, and sends what is to be done with them without leaving the page.

import { exchange } from "./region.js";

const ticked = (event) => {
	const { form } = event.target;
	const words = form?.querySelector("output[data-words]");
	if (words) words.value = words.dataset.words.replace("{}", new FormData(form).getAll("pick").length);
};

const sent = async (event) => {
	const form = event.target;
	if (!form.querySelector("output[data-words]")) return;
	event.preventDefault();
	const body = new URLSearchParams(new FormData(form, event.submitter));
	form.reset();
	// The rows follow with the events of what is done.
	await exchange(["said"], form.action, body).catch((error) => console.warn("The form could not be sent:", error));
};

export function watch_picks() {
	document.addEventListener("change", ticked);
	document.addEventListener("submit", sent);
}
