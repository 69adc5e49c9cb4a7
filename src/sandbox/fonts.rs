//! Fallback fonts for pages whose CJK font is not embedded, opened once by the
//! parent of all workers: trusted files of this machine, never a stranger's.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use crate::sanitise::Fonts;

/// Where Debian's packages (and ours) put Mincho, in order of preference:
/// path and index in the collection.
const MINCHO: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf", 0),
    ("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf", 0),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 0),
];

/// The same for Gothic.
const GOTHIC: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf", 0),
    ("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf", 0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 0),
];

/// The font files of this machine, open. Their bytes are read by the workers
/// that draw text and by no other: memory of the parent costs every fork.
#[derive(Debug)]
pub struct FontFiles {
    mincho: Option<(File, u32)>,
    gothic: Option<(File, u32)>,
}

impl FontFiles {
    /// Opens what is there. None is a normal state: `status` says so.
    #[must_use]
    pub fn open() -> Self {
        Self {
            mincho: first(MINCHO),
            gothic: first(GOTHIC),
        }
    }

    /// Whether there is one at all.
    #[must_use]
    pub fn any(&self) -> bool {
        self.mincho.is_some() || self.gothic.is_some()
    }

    /// Their bytes. By place: the files' offsets are shared with the parent.
    #[must_use]
    pub fn read(&self) -> Fonts {
        Fonts {
            mincho: self.mincho.as_ref().and_then(whole),
            gothic: self.gothic.as_ref().and_then(whole),
        }
    }
}

fn first(candidates: &[(&str, u32)]) -> Option<(File, u32)> {
    candidates
        .iter()
        .find_map(|(path, index)| Some((File::open(path).ok()?, *index)))
}

fn whole((file, index): &(File, u32)) -> Option<(Arc<Vec<u8>>, u32)> {
    let length = file.metadata().ok()?.len();
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    file.read_exact_at(&mut bytes, 0).ok()?;
    Some((Arc::new(bytes), *index))
}
