//! Files that are encrypted (ISO 32000-1 section 7.6, ISO 32000-2 section 7.6):
//! with the empty password each is read, with a real one it is withheld. Keys
//! and cipher texts were computed outside, by the sections' own algorithms; the
//! constants are all there is.

use super::seen::{flat, words};
use super::*;

/// What a way to encrypt puts into the file.
struct Sealed {
    name: &'static str,
    /// Version, revision, lengths and filters.
    way: &'static str,
    /// `/U` and what else checks and carries the key.
    keys: String,
    /// The page's content, object 4.
    content: &'static str,
}

const OWNER: &str = "4141414141414141414141414141414141414141414141414141414141414141";
/// The same whatever the password: the file's key is.
const CONTENT_256: &str = "49494949494949494949494949494949bdf4685c984d3f168145a135e59a3b624904c1226429c384e86f3a0f\
         eba9a65ce0c7b0a132b8cc7f2f82c0128334c5db";
const PERMISSIONS_256: &str = "ad871d43b5897b8732c465c2e57dbb9f";

/// Before version 5: the owner's entry is not asked for the user's password.
fn early(name: &'static str, way: &'static str, user: &str, content: &'static str) -> Sealed {
    Sealed {
        name,
        way,
        keys: format!("/O<{OWNER}>/U<{user}>"),
        content,
    }
}

/// Version 5: `[O, U, OE, UE]`.
fn late(name: &'static str, way: &'static str, [o, u, oe, ue]: [&str; 4]) -> Sealed {
    Sealed {
        name,
        way,
        keys: format!("/O<{o}>/U<{u}>/OE<{oe}>/UE<{ue}>/Perms<{PERMISSIONS_256}>"),
        content: CONTENT_256,
    }
}

const RC4_40: &str = "/V 1/R 2/Length 40";
const RC4_128: &str = "/V 2/R 3/Length 128";
const AES_128: &str = "/V 4/R 4/Length 128/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV2/Length 16>>>>/StmF/StdCF/StrF/StdCF";
const AES_256_R5: &str = "/V 5/R 5/Length 256/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/StmF/StdCF/StrF/StdCF";
const AES_256_R6: &str = "/V 5/R 6/Length 256/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/StmF/StdCF/StrF/StdCF";

fn without_password() -> Vec<Sealed> {
    vec![
        early(
            "RC4, 40 bits",
            RC4_40,
            "61ad2156018eab4436dacdc5386ebc4d064a93ee6361943f5e6d8bb8482a3827",
            "c3771af5c983462f7ef72720f42ae8c99c8c2476567c6cb1c92f0abf270bedf7d10c",
        ),
        early(
            "RC4, 128 bits",
            RC4_128,
            "0310c6d9e4a35d8d41c7734e530aaad300000000000000000000000000000000",
            "b3453c3905263e300e774fee9eb4bc9cda42161530e3bf8d8f352b55ca5dbeb93dcb",
        ),
        early(
            "AES, 128 bits",
            AES_128,
            "0310c6d9e4a35d8d41c7734e530aaad300000000000000000000000000000000",
            "494949494949494949494949494949499dc5af44c7efbb42ced98ec3372555a45d5ba04797e8e4534fe73fe3\
         7b8a593f96da41d9fd6c3d70d0f366799eb75d85",
        ),
        late(
            "AES, 256 bits, revision 5",
            AES_256_R5,
            [
                "9b588e258d8b7208dd1dd71a1e0fd0de7bb4516855f7f56edfedd9eaa82eac0276616c696473616c6b657920\
         73616c74",
                "cb2b43192deb4fb8a119b5a191d3f24143e37e0e1147243cfb4934a57f2220a276616c696473616c6b657920\
         73616c74",
                "229878e021b696a812921260da77e27dac6918036aecb7fea8f2d9c0c678fd22",
                "bf8955a7384a4d39278f6b7c87e8e294e18519fe98b16b54c77d23f7b74f885d",
            ],
        ),
        late(
            "AES, 256 bits, revision 6",
            AES_256_R6,
            [
                "fe88b25aa00220ff62036e679f90b883353b9dfffffad7c67045bbe7c82f9d1e76616c696473616c6b657920\
         73616c74",
                "8086698802ef864f75095313e2383c0451c18af95a2564a7091bd6e98e8d7b2576616c696473616c6b657920\
         73616c74",
                "367f5ad3dd70f9013a19b63ab037f7307c12804b0c42179542a6db4bab842dc6",
                "cf1f78aa3b209ccbcce857f6631fb190cb998f154caf376b2db0b02e85dd91bb",
            ],
        ),
    ]
}

fn with_password() -> Vec<Sealed> {
    vec![
        early(
            "RC4, 40 bits",
            RC4_40,
            "278102203ef85d3044a0e4ae60ad9fcdd62ae9a9f071b121c864c415043b6deb",
            "d5bb797803204c6909186e3c4064bcdb31e7bcf6eda409ba18207e9dc0586e127269",
        ),
        early(
            "RC4, 128 bits",
            RC4_128,
            "4ce8c10f1b3f3bbb313a840d11b6529500000000000000000000000000000000",
            "812a4375445b6fd951ef1777e010faa8745c83575169e28c8ecc18accca2ee2d6c06",
        ),
        early(
            "AES, 128 bits",
            AES_128,
            "4ce8c10f1b3f3bbb313a840d11b6529500000000000000000000000000000000",
            "494949494949494949494949494949499dc5af44c7efbb42ced98ec3372555a45d5ba04797e8e4534fe73fe3\
         7b8a593f96da41d9fd6c3d70d0f366799eb75d85",
        ),
        late(
            "AES, 256 bits, revision 6",
            AES_256_R6,
            [
                "b0feeea159d5395c94ff39fb329d6feedb6718bac53bcf14ae8b3923fa18344f76616c696473616c6b657920\
         73616c74",
                "c1eb403e45e351c2dd511f5f7f279bb46bfcc88b1abdf551940193ad1378671176616c696473616c6b657920\
         73616c74",
                "48f6d0d1762ab704f64e4f690ff25b31b99b954f19ba7aa065e0dd7ac0529a6e",
                "61bbb264ea9e580cb8e93dd660ddf671eada2e6340379707e8a4375a39ab8131",
            ],
        ),
    ]
}

/// A page that says "Hello" once it is decrypted.
fn built(sealed: &Sealed) -> Vec<u8> {
    let place = "X".repeat(sealed.content.len() / 2);
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R{HELVETICA}>>"),
        stream("", &place),
        format!("<</Filter/Standard{}/P -4{}>>", sealed.way, sealed.keys),
    ];
    let id = "44".repeat(16);
    let plain = file(&objects, &format!("/Encrypt 5 0 R/ID[<{id}><{id}>]"));
    let secret: Vec<u8> = (0..sealed.content.len() / 2)
        .map(|at| u8::from_str_radix(&sealed.content[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    replaced(&plain, place.as_bytes(), &secret)
}

#[test]
fn files_that_open_without_a_password_are_read() {
    for sealed in without_password() {
        let untreated = built(&sealed);
        assert_eq!(check(&untreated), Err(Refusal::Residue), "{}", sealed.name);
        let (output, report) = flatten(&untreated);
        let output = output.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", sealed.name));
        assert_eq!(words(&flat(&untreated)), ["Hello"], "{}", sealed.name);
        assert_eq!(check(&output), Ok(()), "{}", sealed.name);
        assert!(
            !contains(&output, b"Encrypt"),
            "{}: {report:?}",
            sealed.name
        );
    }
}

#[test]
fn files_that_need_a_password_are_withheld_as_encrypted() {
    for sealed in with_password() {
        let refused = flatten(&built(&sealed)).0;
        assert_eq!(refused, Err(Refusal::Encrypted), "{}", sealed.name);
    }
}
