//! The generator of the foreign side, of the same version as the scaffolding.

fn main() {
    uniffi::uniffi_bindgen_main();
}
