//! `quarterdeck`: the console and the modes of its one binary.

fn main() {}
