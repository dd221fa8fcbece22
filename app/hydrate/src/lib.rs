//! The WebAssembly entry: makes the islands of a server-rendered page live.

#[expect(unused_imports, reason = "linking the crate registers its islands")]
use app::*;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
