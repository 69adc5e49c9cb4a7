//! x
pub fn treat_due(_h: &super::house::House) {}
pub fn resume_standing(_h: &super::house::House) -> std::io::Result<()> { Ok(()) }
pub fn retry(_h: &super::house::House, _i: &crate::quarantine::MailId) -> u32 { 0 }
