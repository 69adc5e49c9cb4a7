#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mutation::must_hold(bytes, "a.xlsb", sekimori::sanitise::Kind::Xlsb));
