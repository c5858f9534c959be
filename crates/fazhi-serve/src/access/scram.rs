//! The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.

use data_encoding::BASE64;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::access::verifier::Verifier;

/// The mechanism as SASL names it.
pub const MECHANISM: &str = "SCRAM-SHA-256";

/// A message that the mechanism does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed SCRAM message: {0}")]
pub struct ScramError(&'static str);

/// An exchange after the client's first message.
#[derive(Debug)]
pub struct Exchange {
    verifier: Verifier,
    /// `n` or `y` and what follows, as the client has to repeat it.
    header: String,
    client_first_bare: String,
    server_first: String,
    nonce: String,
}

/// How an exchange ended.
#[derive(Debug, PartialEq, Eq)]
pub enum ClientFinal {
    /// The client knows the password; the message is for it.
    Proven(String),
    /// It does not.
    Wrong,
}

impl Exchange {
    /// Takes the client's first message. PostgreSQL names the user in its startup message and leaves it empty here.
    ///
    /// # Errors
    /// Fails when the message is malformed or asks for channel binding, which is not offered.
    pub fn begin(message: &[u8], verifier: Verifier, random: &SystemRandom) -> Result<Self, ScramError> {
        let mut bytes = [0; 18];
        random.fill(&mut bytes).map_err(|_| ScramError("no random bytes"))?;
        Self::begin_with(message, verifier, &BASE64.encode(&bytes))
    }

    fn begin_with(message: &[u8], verifier: Verifier, server_nonce: &str) -> Result<Self, ScramError> {
        let text = std::str::from_utf8(message).map_err(|_| ScramError("not UTF-8"))?;
        let mut parts = text.splitn(3, ',');
        let (flag, identity, bare) = (parts.next(), parts.next(), parts.next());
        let (Some(flag @ ("n" | "y")), Some(identity), Some(bare)) = (flag, identity, bare) else {
            return Err(ScramError("channel binding is not offered"));
        };
        let mut attributes = bare.split(',');
        let user = attributes.next().filter(|attribute| attribute.starts_with("n="));
        let nonce = attributes.next().and_then(|attribute| attribute.strip_prefix("r="));
        let nonce = nonce.filter(|nonce| !nonce.is_empty() && nonce.bytes().all(|byte| byte.is_ascii_graphic()));
        let (Some(_), Some(nonce)) = (user, nonce) else {
            return Err(ScramError("no user and nonce in the first message"));
        };
        let nonce = format!("{nonce}{server_nonce}");
        let server_first = format!("r={nonce},s={},i={}", BASE64.encode(verifier.salt()), verifier.iterations());
        let header = format!("{flag},{identity},");
        Ok(Self { verifier, header, client_first_bare: bare.to_owned(), server_first, nonce })
    }

    /// The server's first message.
    pub fn server_first(&self) -> &str {
        &self.server_first
    }

    /// Takes the client's final message.
    ///
    /// # Errors
    /// Fails when it is malformed or belongs to another exchange.
    pub fn finish(&self, message: &[u8]) -> Result<ClientFinal, ScramError> {
        let text = std::str::from_utf8(message).map_err(|_| ScramError("not UTF-8"))?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(ScramError("no proof in the final message"))?;
        let mut attributes = without_proof.split(',');
        let binding = attributes.next().and_then(|attribute| attribute.strip_prefix("c="));
        let nonce = attributes.next().and_then(|attribute| attribute.strip_prefix("r="));
        if binding.and_then(|text| BASE64.decode(text.as_bytes()).ok()).as_deref() != Some(self.header.as_bytes()) {
            return Err(ScramError("the binding is not the one of the first message"));
        }
        if nonce != Some(self.nonce.as_str()) {
            return Err(ScramError("the nonce is not the one of this exchange"));
        }
        let proof = BASE64.decode(proof.as_bytes()).ok().and_then(|proof| <[u8; 32]>::try_from(proof).ok());
        let proof = proof.ok_or(ScramError("the proof is no base64 of 32 bytes"))?;
        let messages = format!("{},{},{without_proof}", self.client_first_bare, self.server_first);
        if self.verifier.proves(messages.as_bytes(), &proof) {
            let signature = self.verifier.signature(messages.as_bytes());
            return Ok(ClientFinal::Proven(format!("v={}", BASE64.encode(&signature))));
        }
        Ok(ClientFinal::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3.
    const FIRST: &[u8] = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    const NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const FINAL: &str =
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    fn exchange() -> Exchange {
        let verifier = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        Exchange::begin_with(FIRST, verifier.parse().unwrap(), NONCE).unwrap()
    }

    #[test]
    fn the_example_of_the_standard_is_met_byte_by_byte() {
        let exchange = exchange();
        assert_eq!(
            exchange.server_first(),
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        );
        let expected = ClientFinal::Proven("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".to_owned());
        assert_eq!(exchange.finish(FINAL.as_bytes()), Ok(expected));
    }

    #[test]
    fn a_wrong_proof_is_wrong_and_a_strange_message_malformed() {
        let finish = |message: &str| exchange().finish(message.as_bytes());
        assert_eq!(finish(&FINAL.replace("dHzb", "dHza")), Ok(ClientFinal::Wrong));
        for malformed in
            ["", "c=biws", &FINAL.replace("biws", "eSws"), &FINAL.replace("%hv", "%hw"), &FINAL.replace("VQ=", "VQ")]
        {
            assert!(finish(malformed).is_err(), "{malformed}");
        }
    }

    #[test]
    fn channel_binding_is_not_taken_for_none() {
        let verifier = exchange().verifier;
        for first in ["p=tls-server-end-point,,n=,r=abc", "n,,n=user", "n,,r=abc", "", "n,,n=user,r=a b"] {
            assert!(Exchange::begin_with(first.as_bytes(), verifier.clone(), NONCE).is_err(), "{first}");
        }
    }
}
