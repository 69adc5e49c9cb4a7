//! The template of LibreOffice's profile: our settings, and the number of the
//! build, without which it would set itself up and start a second time. Written
//! anew for each job; what a job leaves in its profile ends with it.

use std::fs;
use std::io;
use std::path::Path;

use super::world::WORK;

/// No macro, no object, no link, no plug-in, no Java, nothing fetched, nothing
/// calculated anew; Japanese where a document does not say its language. None of
/// this is a wall: the walls are around it.
const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooLocale" oor:op="fuse"><value>en-US</value></prop></item>
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>ja-JP</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="UseOpenCL" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Java/VirtualMachine"><prop oor:name="Enable" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="ODFRecalcMode" oor:op="fuse"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Office.Recovery/AutoSave"><prop oor:name="Enabled" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"#;

/// Says which build this is.
const VERSION: &str = "/usr/lib/libreoffice/program/versionrc";

/// Where the profile lies.
pub(super) const PROFILE: &str = "/job/profile";

/// Writes the template, and the folders that a job has besides.
///
/// # Errors
/// What the private folder says.
pub(super) fn write() -> io::Result<()> {
    for folder in ["in", "out", "tmp"] {
        fs::create_dir(Path::new(WORK).join(folder))?;
    }
    let user = Path::new(PROFILE).join("user");
    fs::create_dir_all(user.join("extensions"))?;
    fs::write(user.join("registrymodifications.xcu"), SETTINGS)?;
    if let Some(build) = build(&fs::read_to_string(VERSION).unwrap_or_default()) {
        fs::write(user.join("extensions/buildid"), build)?;
    }
    Ok(())
}

/// The build in the words of `versionrc`. Unknown: LibreOffice says 81, "start
/// me again", and is.
fn build(words: &str) -> Option<&str> {
    words.lines().find_map(|line| line.strip_prefix("buildid="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_is_read_from_its_line() {
        let words = "[Version]\nAllLanguages=en\nbuildid=40(Build:2)\nVendor=x\n";
        assert_eq!(build(words), Some("40(Build:2)"));
        assert_eq!(build(""), None);
    }
}
