//! Hashed passwords as PostgreSQL stores them: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5803, base64).
//! Who reads one can check a password against it, and cannot log in with it.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use data_encoding::BASE64;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{hmac, pbkdf2};
use subtle::ConstantTimeEq as _;

use crate::access::digest::sha256;

/// Iterations of a new verifier. PostgreSQL's default is 4,096; drivers accept up to 100,000.
pub const ITERATIONS: NonZeroU32 = NonZeroU32::new(50_000).expect("it is not zero");
/// Iterations that a verifier may ask for: each login costs that many.
const MAX_ITERATIONS: u32 = 1_000_000;
const SALT_BYTES: usize = 16;

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: NonZeroU32,
    salt: Vec<u8>,
    stored_key: [u8; 32],
    server_key: [u8; 32],
}

/// What a client is told of a verifier before it has shown that it knows the password, but for the salt itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setup {
    iterations: NonZeroU32,
    salt_bytes: usize,
}

impl Setup {
    /// Of verifiers made here.
    const DEFAULT: Self = Self { iterations: ITERATIONS, salt_bytes: SALT_BYTES };
}

/// A text that is no verifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no password hash of the form `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`")]
pub struct NoVerifier;

impl Verifier {
    /// A verifier of a password, with a salt of its own; none when the system has no random bytes.
    pub fn fresh(password: &str) -> Option<Self> {
        let mut salt = vec![0; SALT_BYTES];
        SystemRandom::new().fill(&mut salt).ok()?;
        Some(Self::derived(password, salt, ITERATIONS))
    }

    fn derived(password: &str, salt: Vec<u8>, iterations: NonZeroU32) -> Self {
        // RFC 5802 has passwords prepared; what cannot be is taken as it is, as PostgreSQL does.
        let prepared = stringprep::saslprep(password).unwrap_or(password.into());
        let mut salted = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, prepared.as_bytes(), &mut salted);
        let client_key = sign(&salted, b"Client Key");
        let server_key = sign(&salted, b"Server Key");
        Self { iterations, salt, stored_key: sha256(&client_key), server_key }
    }

    /// A verifier that no password is known to fit, the same at every call for the same name. It has the setup of one of these,
    /// so that those who have none are not told by it from those who have.
    pub(super) fn unknown(key: &hmac::Key, user: &str, setups: &[Setup]) -> Self {
        let bytes = |purpose: &str| -> [u8; 32] {
            let tag = hmac::sign(key, format!("{purpose}\0{user}").as_bytes());
            tag.as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
        };
        let place = bytes("setup").into_iter().fold(0, |sum, byte| sum * 31 % 65_521 + usize::from(byte));
        let Setup { iterations, salt_bytes } =
            place.checked_rem(setups.len()).map_or(Setup::DEFAULT, |nth| setups[nth]);
        let salt = (0_u32..).flat_map(|part| bytes(&format!("salt {part}"))).take(salt_bytes).collect();
        Self { iterations, salt, stored_key: bytes("stored key"), server_key: bytes("server key") }
    }

    /// How it was made.
    pub(super) fn setup(&self) -> Setup {
        Setup { iterations: self.iterations, salt_bytes: self.salt.len() }
    }

    /// Iterations of the key derivation.
    pub fn iterations(&self) -> NonZeroU32 {
        self.iterations
    }

    /// The salt.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// Whether a password fits; takes the same time whether or not.
    pub fn fits(&self, password: &str) -> bool {
        let derived = Self::derived(password, self.salt.clone(), self.iterations);
        derived.stored_key.ct_eq(&self.stored_key).into()
    }

    /// Whether a client's proof over the messages of an exchange shows that it knows the password (RFC 5802, section 3).
    pub(super) fn proves(&self, messages: &[u8], proof: &[u8; 32]) -> bool {
        let signature = sign(&self.stored_key, messages);
        let mut client_key = *proof;
        client_key.iter_mut().zip(signature).for_each(|(byte, signature)| *byte ^= signature);
        sha256(&client_key).ct_eq(&self.stored_key).into()
    }

    /// What shows a client that the server knows the password too.
    pub(super) fn signature(&self, messages: &[u8]) -> [u8; 32] {
        sign(&self.server_key, messages)
    }
}

fn sign(key: &[u8], message: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    tag.as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
}

impl FromStr for Verifier {
    type Err = NoVerifier;

    fn from_str(text: &str) -> Result<Self, NoVerifier> {
        let parts = || {
            let rest = text.strip_prefix("SCRAM-SHA-256$")?;
            let (setup, keys) = rest.split_once('$')?;
            let (iterations, salt) = setup.split_once(':')?;
            let (stored, server) = keys.split_once(':')?;
            let iterations: NonZeroU32 = iterations.parse().ok()?;
            let bytes = |text: &str| BASE64.decode(text.as_bytes()).ok();
            Some(Self {
                iterations: (iterations.get() <= MAX_ITERATIONS).then_some(iterations)?,
                salt: bytes(salt).filter(|salt| !salt.is_empty())?,
                stored_key: bytes(stored)?.try_into().ok()?,
                server_key: bytes(server)?.try_into().ok()?,
            })
        };
        parts().ok_or(NoVerifier)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iterations, salt, stored_key, server_key } = self;
        let (salt, stored, server) = (BASE64.encode(salt), BASE64.encode(stored_key), BASE64.encode(server_key));
        write!(f, "SCRAM-SHA-256${iterations}:{salt}${stored}:{server}")
    }
}

/// Hashes are secrets too: they stay out of logs.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by PostgreSQL 15: `SET password_encryption = 'scram-sha-256'; CREATE ROLE … PASSWORD 'pencil'`, with the salt of the
    /// example in RFC 7677, section 3.
    const PENCIL: &str = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    #[test]
    fn a_verifier_fits_its_password_alone() {
        let verifier: Verifier = PENCIL.parse().unwrap();
        assert_eq!(verifier.to_string(), PENCIL);
        assert!(verifier.fits("pencil"));
        for wrong in ["Pencil", "pencil ", "", "pencilpencil"] {
            assert!(!verifier.fits(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_new_verifier_survives_its_text() {
        let verifier = Verifier::fresh("密码").unwrap();
        let read: Verifier = verifier.to_string().parse().unwrap();
        assert_eq!(read, verifier);
        assert!(read.fits("密码") && !read.fits("密"));
        assert_ne!(Verifier::fresh("密码").unwrap(), verifier, "each has its salt");
    }

    #[test]
    fn what_is_no_verifier_is_refused() {
        let wrong =
            ["", "secret", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:AA==$AA==:AA==", "md5d41d8cd98f00b204e9800998ecf8427e"];
        for text in wrong
            .into_iter()
            .map(str::to_owned)
            .chain([PENCIL.replace("4096", "9999999"), PENCIL.replace("WG5d", "WG5")])
        {
            assert_eq!(text.parse::<Verifier>(), Err(NoVerifier), "{text}");
        }
    }

    #[test]
    fn strangers_have_the_setups_of_users() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"key");
        let unknown = |user: &str, setups: &[Setup]| Verifier::unknown(&key, user, setups);
        assert_eq!(unknown("lin", &[]).setup(), Setup::DEFAULT);
        let long = Setup { iterations: ITERATIONS, salt_bytes: 100 };
        let setups = [PENCIL.parse::<Verifier>().unwrap().setup(), long];
        let of_names: Vec<_> = (0..100).map(|name| unknown(&name.to_string(), &setups)).collect();
        for setup in setups {
            let count = of_names.iter().filter(|verifier| verifier.setup() == setup).count();
            assert!((20..80).contains(&count), "{count} of 100 have {setup:?}");
        }
        assert_eq!(unknown("7", &setups), of_names[7]);
    }

    #[test]
    fn debug_output_tells_no_secret() {
        let shown = format!("{:?}", PENCIL.parse::<Verifier>().unwrap());
        assert!(!shown.contains("W22Z") && !shown.contains("WG5d"), "{shown}");
    }
}
