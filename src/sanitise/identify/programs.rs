//! What runs, mounts or leads elsewhere: by name and by content. Either is
//! enough; neither can be talked out of it by the other.

/// treatments.md, last rows: what a double click would run, mount or trust.
pub(super) fn runs_by_name(extension: &str) -> bool {
    const NAMES: [&str; 89] = [
        "exe",
        "scr",
        "dll",
        "com",
        "bat",
        "cmd",
        "ps1",
        "ps1xml",
        "ps2",
        "psc1",
        "psm1",
        "psd1",
        "vb",
        "vbs",
        "vbe",
        "js",
        "jse",
        "mjs",
        "ws",
        "wsf",
        "wsc",
        "wsh",
        "sct",
        "hta",
        "lnk",
        "url",
        "scf",
        "chm",
        "hlp",
        "msi",
        "msp",
        "mst",
        "msu",
        "msix",
        "msixbundle",
        "appx",
        "appxbundle",
        "appinstaller",
        "jar",
        "jnlp",
        "class",
        "one",
        "onepkg",
        "onetoc2",
        "xll",
        "wll",
        "iqy",
        "oqy",
        "dqy",
        "rqy",
        "slk",
        "reg",
        "rdp",
        "iso",
        "img",
        "udf",
        "vhd",
        "vhdx",
        "dmg",
        "pkg",
        "deb",
        "rpm",
        "apk",
        "cpl",
        "msc",
        "pif",
        "gadget",
        "application",
        "inf",
        "ins",
        "isp",
        "theme",
        "themepack",
        "settingcontent-ms",
        "appref-ms",
        "library-ms",
        "search-ms",
        "searchconnector-ms",
        "diagcab",
        "mshxml",
        "sh",
        "bash",
        "csh",
        "command",
        "py",
        "pyw",
        "pl",
        "rb",
        "desktop",
    ];
    NAMES.contains(&extension)
}

/// Programs, scripts, shortcuts, disk images, help files: by their first bytes.
pub(super) fn is_program(bytes: &[u8]) -> bool {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    is_dos_program(bytes)
        || starts(b"\x7FELF")
        || starts(b"#!")
        || starts(b"L\0\0\0\x01\x14\x02\0") // shell link
        || starts(&[0xCA, 0xFE, 0xBA, 0xBE]) // Java class, fat Mach-O
        || starts(&[0xCF, 0xFA, 0xED, 0xFE])
        || starts(&[0xCE, 0xFA, 0xED, 0xFE])
        || starts(b"ITSF") // compiled help
        || starts(&[0xE4, 0x52, 0x5C, 0x7B, 0x8C, 0xD8, 0xA7, 0x4D]) // OneNote
        || starts(b"conectix")
        || starts(b"vhdxfile")
        || starts(b"regf")
        || starts(b"Windows Registry Editor")
        || starts(b"REGEDIT4")
        || starts(b"[InternetShortcut]")
        || starts(b"ID;P") // SYLK
        || starts(b"\0asm")
        || bytes.get(0x8001..0x8006) == Some(b"CD001")
        || bytes.get(bytes.len().saturating_sub(512)..).is_some_and(|t| t.starts_with(b"koly") || t.starts_with(b"conectix"))
}

/// `MZ` alone is also how a sentence about the MZ generation starts: a
/// program has a header, which is not text.
fn is_dos_program(bytes: &[u8]) -> bool {
    (bytes.starts_with(b"MZ") || bytes.starts_with(b"ZM"))
        && (bytes.len() < 3
            || bytes.iter().take(64).any(|b| *b < 9)
            || std::str::from_utf8(bytes).is_err() && bytes.contains(&0))
}
