// Points in time in the viewer's zone, and lengths of time that grow or run out with every second.

export function localise(time) {
	const clock = time.classList.contains("clock");
	const form = time.classList.contains("exact")
		? { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" }
		: clock
			? { timeStyle: "medium", hourCycle: "h23" }
			: { dateStyle: "medium", timeStyle: "short" };
	const at = new Date(time.dateTime);
	const lang = document.documentElement.lang;
	time.textContent = clock ? at.toLocaleTimeString(lang, form) : at.toLocaleString(lang, form);
	time.dataset.here = "";
}

export function localise_all() {
	document.querySelectorAll("time.local:not([data-here])").forEach(localise);
	tick();
}

const pad = (number) => String(number).padStart(2, "0");

// As `app::text` writes them, with its words for the units.
const forms = {
	short: (length, [second, minute, hour, day]) => {
		if (length < 60) return `${length} ${second}`;
		if (length < 3_600) return `${Math.floor(length / 60)} ${minute}`;
		return length < 86_400 ? `${Math.floor(length / 3_600)} ${hour}` : `${Math.floor(length / 86_400)} ${day}`;
	},
	clock: (length, [, , hour, day]) => {
		const [hours, minutes] = [Math.floor(length / 3_600), Math.floor(length / 60) % 60];
		if (hours >= 24) return `${Math.floor(hours / 24)} ${day} ${hours % 24} ${hour}`;
		return hours ? `${hours}:${pad(minutes)}:${pad(length % 60)}` : `${minutes}:${pad(length % 60)}`;
	},
	countdown: (length, units) => forms[length >= 60 && length < 3_600 ? "clock" : "short"](length, units),
};

const tick = () => {
	const units = (document.body.dataset.units ?? "").split(" ");
	for (const shown of document.querySelectorAll("[data-since], [data-until]")) {
		const { since, until, form } = shown.dataset;
		const seconds = (until ? until - Date.now() : Date.now() - since) / 1_000;
		const whole = seconds <= 0 && shown.closest("[data-over]");
		// A second that has begun counts on a clock, so that the last one shown is 1.
		const length = Math.max(0, form === "clock" ? Math.ceil(seconds) : Math.floor(seconds));
		if (whole) whole.textContent = whole.dataset.over;
		else shown.textContent = forms[form](length, units);
	}
};
setInterval(tick, 1_000);
