use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{Refused, Verifier};
use crate::config::{Jwt, JwtAlgorithm, JwtKeys};
use crate::domain::Timestamp;

const ISSUER: &str = "https://id.example";
const SECRET: &[u8] = b"an awfully long secret that nobody guesses";

/// Made for these tests with `openssl genpkey`; they sign nothing else.
const EC_PRIVATE: &str = include_str!("tests/ec.pem");
const EC_PUBLIC: &str = include_str!("tests/ec.pub.pem");
const OTHER_EC_PRIVATE: &str = include_str!("tests/other_ec.pem");
const ED_PRIVATE: &str = include_str!("tests/ed.pem");
const ED_PUBLIC: &str = include_str!("tests/ed.pub.pem");
const RSA_PRIVATE: &str = include_str!("tests/rsa.pem");
const RSA_PUBLIC: &str = include_str!("tests/rsa.pub.pem");
const SHORT_RSA_PUBLIC: &str = include_str!("tests/rsa1024.pub.pem");

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn settings(algorithm: JwtAlgorithm, keys: JwtKeys) -> Jwt {
    Jwt {
        issuer: ISSUER.to_owned(),
        audience: "snug".to_owned(),
        algorithms: vec![algorithm],
        keys,
        leeway_s: 0,
        user_claim: "sub".to_owned(),
        link_existing: false,
        create: None,
    }
}

fn public(algorithm: JwtAlgorithm, pem: &str) -> Result<Verifier, String> {
    let key = file(pem.as_bytes());
    Verifier::new(&settings(algorithm, JwtKeys::PublicKey(key.path().to_owned())))
}

fn secret() -> Verifier {
    let secret = file(SECRET);
    Verifier::new(&settings(JwtAlgorithm::HS256, JwtKeys::Secret(secret.path().to_owned()))).unwrap()
}

fn now() -> i64 {
    Timestamp::now().micros() / 1_000_000
}

fn good() -> Value {
    json!({"iss": ISSUER, "aud": "snug", "sub": "alice", "exp": now() + 600, "nbf": now() - 5})
}

fn with(change: Value) -> Value {
    let mut claims = good();
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn hs256(claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(SECRET)).unwrap()
}

fn signed(algorithm: jsonwebtoken::Algorithm, kid: Option<&str>, pem: &str) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
    let key = match algorithm {
        jsonwebtoken::Algorithm::RS256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
        jsonwebtoken::Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
        _ => EncodingKey::from_ed_pem(pem.as_bytes()),
    };
    encode(&header, &good(), &key.unwrap()).unwrap()
}

/// A token with this header and a signature of nothing.
fn forged(header: Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&header), part(&good()))
}

#[actix_web::test]
async fn each_algorithm_proves_with_its_own_key_and_with_no_other() {
    use jsonwebtoken::Algorithm as Signed;
    let verifiers = [
        (Signed::RS256, RSA_PRIVATE, public(JwtAlgorithm::RS256, RSA_PUBLIC).unwrap()),
        (Signed::ES256, EC_PRIVATE, public(JwtAlgorithm::ES256, EC_PUBLIC).unwrap()),
        (Signed::EdDSA, ED_PRIVATE, public(JwtAlgorithm::EdDSA, ED_PUBLIC).unwrap()),
    ];
    for (own, _, verifier) in &verifiers {
        for (algorithm, pem, _) in &verifiers {
            let answer = verifier.verify(&signed(*algorithm, None, pem)).await.map(|proved| proved.subject);
            let expected = if own == algorithm { Ok("alice".to_owned()) } else { Err(Refused::Algorithm) };
            assert_eq!(answer, expected, "{algorithm:?} to {own:?}");
        }
    }
    let other = signed(Signed::ES256, None, OTHER_EC_PRIVATE);
    assert_eq!(verifiers[1].2.verify(&other).await, Err(Refused::Signature));
    assert_eq!(secret().verify(&hs256(&good())).await.unwrap().subject, "alice");
}

#[actix_web::test]
async fn a_public_key_is_never_taken_for_a_shared_secret() {
    let verifier = public(JwtAlgorithm::RS256, RSA_PUBLIC).unwrap();
    let swapped = encode(&Header::default(), &good(), &EncodingKey::from_secret(RSA_PUBLIC.as_bytes())).unwrap();
    assert_eq!(verifier.verify(&swapped).await, Err(Refused::Algorithm));
}

#[actix_web::test]
async fn what_is_no_token_for_us_is_refused() {
    let verifier = secret();
    let refused = [
        (String::new(), Refused::Malformed),
        ("a.b".to_owned(), Refused::Malformed),
        ("x".repeat(9_000), Refused::Malformed),
        (forged(json!({"alg": "none", "typ": "JWT"})), Refused::Malformed),
        (forged(json!({"alg": "None"})), Refused::Malformed),
        (forged(json!({"alg": "HS512"})), Refused::Algorithm),
        (forged(json!({"alg": "HS256"})), Refused::Signature),
        (forged(json!({"alg": "HS256", "crit": ["b64"]})), Refused::Critical),
        (hs256(&with(json!({"exp": null}))), Refused::Claims),
        (hs256(&with(json!({"iss": null}))), Refused::Claims),
        (hs256(&with(json!({"aud": null}))), Refused::Claims),
        (hs256(&with(json!({"sub": null}))), Refused::Claims),
        (hs256(&with(json!({"sub": ""}))), Refused::Claims),
        (hs256(&with(json!({"sub": {"id": 1}}))), Refused::Claims),
        (hs256(&with(json!({"sub": "x".repeat(256)}))), Refused::Claims),
        (hs256(&with(json!({"exp": "soon"}))), Refused::Claims),
        (hs256(&with(json!({"exp": now() - 2}))), Refused::OutOfTime),
        (hs256(&with(json!({"nbf": now() + 60}))), Refused::OutOfTime),
        (hs256(&with(json!({"iss": "https://evil.example"}))), Refused::NotForUs),
        (hs256(&with(json!({"iss": ["https://evil.example", ISSUER]}))), Refused::Claims),
        (hs256(&with(json!({"aud": "other"}))), Refused::NotForUs),
    ];
    for (number, (token, why)) in refused.into_iter().enumerate() {
        assert_eq!(verifier.verify(&token).await, Err(why), "case {number}");
    }
    assert!(verifier.verify(&hs256(&with(json!({"aud": ["other", "snug"]})))).await.is_ok());
    assert_eq!(verifier.verify(&hs256(&with(json!({"sub": 42})))).await.unwrap().subject, "42");
}

#[actix_web::test]
async fn an_address_that_nobody_verified_names_nobody() {
    let secret = file(SECRET);
    let rules = Jwt { user_claim: "email".to_owned(), ..settings(JwtAlgorithm::HS256, JwtKeys::Secret(secret.path().to_owned())) };
    let verifier = Verifier::new(&rules).unwrap();
    let mail = |verified: Value| hs256(&with(json!({"email": "alice@example.org", "email_verified": verified})));
    assert!(verifier.verify(&mail(json!(true))).await.is_ok());
    assert!(verifier.verify(&mail(Value::Null)).await.is_ok(), "a provider that does not say has verified it");
    for unsure in [json!(false), json!("false"), json!(0)] {
        assert_eq!(verifier.verify(&mail(unsure)).await, Err(Refused::Claims));
    }
}

#[actix_web::test]
async fn tokens_are_told_apart_by_jti_or_by_what_was_signed() {
    let verifier = secret();
    let key = async |claims: Value| verifier.verify(&hs256(&claims)).await.unwrap().key;
    assert_eq!(key(with(json!({"jti": "1"}))).await, key(with(json!({"jti": "1", "exp": now() + 60}))).await);
    assert_ne!(key(with(json!({"jti": "1"}))).await, key(with(json!({"jti": "2"}))).await);
    assert_ne!(key(with(json!({"nonce": "1"}))).await, key(with(json!({"nonce": "2"}))).await);
}

#[actix_web::test]
async fn the_leeway_is_part_of_the_end() {
    let secret = file(SECRET);
    let rules = Jwt { leeway_s: 30, ..settings(JwtAlgorithm::HS256, JwtKeys::Secret(secret.path().to_owned())) };
    let expired_at = now() - 10;
    let proved = Verifier::new(&rules).unwrap().verify(&hs256(&with(json!({"exp": expired_at})))).await.unwrap();
    assert_eq!(proved.expires_at.micros(), (expired_at + 30) * 1_000_000);
}

#[test]
fn keys_that_are_none_are_refused_at_the_start() {
    let short = file(b"too short");
    let cases = [
        settings(JwtAlgorithm::HS256, JwtKeys::Secret(short.path().to_owned())),
        settings(JwtAlgorithm::HS256, JwtKeys::Secret(PathBuf::from("/nowhere/secret"))),
        settings(JwtAlgorithm::RS256, JwtKeys::PublicKey(short.path().to_owned())),
    ];
    for case in cases {
        assert!(Verifier::new(&case).is_err(), "{case:?}");
    }
    assert!(public(JwtAlgorithm::RS256, EC_PUBLIC).is_err(), "a key of another kind");
    assert!(public(JwtAlgorithm::RS256, SHORT_RSA_PUBLIC).is_err(), "1,024 bits");
}

/// A provider of one page, which counts how often it was asked.
struct Provider {
    url: url::Url,
    asked: Arc<AtomicUsize>,
    page: Arc<parking_lot::Mutex<Option<String>>>,
}

impl Provider {
    async fn publishes(page: Option<&Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap()).parse().unwrap();
        let it = Self { url, asked: Arc::default(), page: Arc::new(parking_lot::Mutex::new(page.map(Value::to_string))) };
        let (asked, page) = (Arc::clone(&it.asked), Arc::clone(&it.page));
        actix_web::rt::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::Relaxed);
                let mut head = [0; 4_096];
                let _ = stream.read(&mut head).await;
                let answer = match page.lock().clone() {
                    Some(body) => format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()),
                    None => "HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
                };
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        it
    }

    fn verifier(&self) -> Verifier {
        Verifier::new(&settings(JwtAlgorithm::ES256, JwtKeys::Url(self.url.clone()))).unwrap()
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// The JWK of an EC public key in PEM: its point is the last 65 bytes of the DER, the first of which is 4.
fn jwk(pem: &str, kid: &str) -> Value {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
    let (x, y) = der[der.len() - 64..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
}

#[actix_web::test]
async fn published_keys_are_fetched_once_and_kept() {
    use jsonwebtoken::Algorithm::ES256;
    let unknown_kind = json!({"kty": "LATTICE", "kid": "future"});
    let encryption = json!({"kty": "EC", "crv": "P-256", "use": "enc", "kid": "enc", "x": "AA", "y": "AA"});
    let provider = Provider::publishes(Some(&json!({"keys": [unknown_kind, encryption, jwk(EC_PUBLIC, "one")]}))).await;
    let verifier = provider.verifier();
    for _ in 0..5 {
        assert!(verifier.verify(&signed(ES256, Some("one"), EC_PRIVATE)).await.is_ok());
        assert!(verifier.verify(&signed(ES256, None, EC_PRIVATE)).await.is_ok(), "a token need not name its key");
    }
    assert_eq!(provider.asked(), 1);
    for _ in 0..5 {
        assert_eq!(verifier.verify(&signed(ES256, Some("two"), EC_PRIVATE)).await, Err(Refused::UnknownKey));
    }
    assert_eq!(provider.asked(), 1, "names that nobody has are no way to flood the provider");
}

#[actix_web::test]
async fn a_provider_that_is_away_is_not_asked_again_at_once_and_costs_nobody_else() {
    let provider = Provider::publishes(None).await;
    let verifier = provider.verifier();
    for _ in 0..3 {
        let answer = verifier.verify(&signed(jsonwebtoken::Algorithm::ES256, Some("one"), EC_PRIVATE)).await;
        assert_eq!(answer, Err(Refused::KeysUnavailable));
    }
    assert_eq!(provider.asked(), 1);
}

#[actix_web::test]
async fn a_new_key_is_taken_up_when_a_token_names_it() {
    use jsonwebtoken::Algorithm::ES256;
    let provider = Provider::publishes(Some(&json!({"keys": [jwk(EC_PUBLIC, "one")]}))).await;
    let verifier = provider.verifier();
    assert!(verifier.verify(&signed(ES256, Some("one"), EC_PRIVATE)).await.is_ok());
    *provider.page.lock() = Some(json!({"keys": [jwk(EC_PUBLIC, "two")]}).to_string());
    verifier.forget_when_it_last_asked();
    assert!(verifier.verify(&signed(ES256, Some("two"), EC_PRIVATE)).await.is_ok());
    assert_eq!(verifier.verify(&signed(ES256, Some("one"), EC_PRIVATE)).await, Err(Refused::UnknownKey), "the old one is gone");
    assert_eq!(provider.asked(), 2);
}
