//! What the page's own JavaScript does for the islands: see the files beside this one.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/live/editor.js")]
extern "C" {
    /// Posts the form of the editor after every change of it.
    pub fn watch_editor();
}

#[wasm_bindgen(module = "/src/live/morph.js")]
extern "C" {
    pub fn morph(old: &web_sys::Node, fresh: &web_sys::Node);
}

#[wasm_bindgen(module = "/src/live/picks.js")]
extern "C" {
    /// Lets what is done with ticked rows leave the page where it is.
    pub fn watch_picks();
}

#[wasm_bindgen(module = "/src/live/region.js")]
extern "C" {
    /// A kind of event has come, with its text: what shows it is asked for again.
    pub fn heard(kind: &str, text: &str);
}

#[wasm_bindgen(module = "/src/live/scale.js")]
extern "C" {
    /// Lets a click on a stepper of the page count at once.
    pub fn watch_steppers();
}

#[wasm_bindgen(module = "/src/live/time.js")]
extern "C" {
    /// Writes a `<time>` in the viewer's zone.
    pub fn localise(time: &web_sys::Element);

    /// Writes every `<time>` of the page that is not yet.
    pub fn localise_all();
}
