// Makes a page's islands live: its bundle comes when the browser has time, the palette's when it is asked for.
((page, palette) => {
	const idle = (task) => ("requestIdleCallback" in window ? requestIdleCallback(task, { timeout: 2000 }) : task());

	// Parents before their children, which begin inside what their parent gives them.
	const wake = async (node, module, given) => {
		if (node.localName === "leptos-island") {
			const start = module[node.dataset.component];
			if (start) {
				given?.();
				await start(node);
			}
		} else if (node.localName === "leptos-children") {
			given = node.$$on_hydrate;
		}
		for (const child of node.children) {
			await wake(child, module, given);
		}
	};

	const load = async (name, root) => {
		const module = await import(`${name}.js`);
		await module.default({ module_or_path: `${name}_bg.wasm` });
		module.hydrate();
		await wake(root, module);
	};

	// What is pressed while the palette is on its way is pressed again once it is there.
	const held = [];
	const asks = (event) => {
		if (event.type === "click") {
			return event.target.closest("[data-palette]");
		}
		const key = event.key.toLowerCase();
		if (event.ctrlKey || event.metaKey) {
			return key === "k";
		}
		const typing = "input, textarea, select, [contenteditable], dialog[open]";
		return !event.altKey && !event.target.closest?.(typing) && (held.length ? key.length === 1 : "/?gn".includes(key));
	};
	const hold = (event) => {
		const island = document.querySelector("dialog.palette")?.closest("leptos-island");
		if (!island || !asks(event)) {
			return;
		}
		event.preventDefault();
		if (held.push(event) > 1) {
			return;
		}
		load(palette, island).finally(() => {
			removeEventListener("keydown", hold);
			removeEventListener("click", hold);
			for (const event of held) {
				event.target.dispatchEvent(new event.constructor(event.type, event));
			}
		});
	};
	addEventListener("keydown", hold);
	addEventListener("click", hold);

	idle(() => load(page, document.body));
})
