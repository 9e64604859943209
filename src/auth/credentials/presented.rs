//! Which credential a request presents beside, or instead of, its cookie.

use std::fmt;

use actix_web::http::header::{self, HeaderMap};

use crate::domain::{Code, Refusal};

/// What an API token begins with, so that a leaked one is found by those who look for such.
pub const TOKEN_PREFIX: &str = "snug_";
/// What a ticket begins with.
pub const TICKET_PREFIX: &str = "ticket_";

/// A secret that a request came with.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    ApiToken(String),
    Jwt(String),
    Ticket(String),
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::ApiToken(_) => "ApiToken",
            Self::Jwt(_) => "Jwt",
            Self::Ticket(_) => "Ticket",
        };
        write!(f, "{kind}(hidden)")
    }
}

impl Presented {
    /// A token that came where tokens may come, by its form. Tickets are for the address of a socket alone.
    pub fn bearer(token: &str) -> Self {
        if token.starts_with(TOKEN_PREFIX) { Self::ApiToken(token.to_owned()) } else { Self::Jwt(token.to_owned()) }
    }

    /// What a socket is opened, or kept open, with: any of them.
    pub fn for_socket(token: &str) -> Self {
        if token.starts_with(TICKET_PREFIX) { Self::Ticket(token.to_owned()) } else { Self::bearer(token) }
    }

    /// The credential in `Authorization`; `None` where there is none. Another scheme is a proxy's business and not ours.
    ///
    /// # Errors
    /// More than one: two readers of one request must not be able to see two different callers.
    pub fn in_header(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let mut values = headers.get_all(header::AUTHORIZATION);
        let (first, second) = (values.next(), values.next());
        if second.is_some() {
            return Err(more_than_one());
        }
        let Some(value) = first else { return Ok(None) };
        let text = value.to_str().map_err(|_| malformed())?;
        match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(Self::bearer(token.trim()))),
            None if text.eq_ignore_ascii_case("bearer") => Err(malformed()),
            Some(_) | None => Ok(None),
        }
    }

    /// The one credential of a request for a socket: in `Authorization`, as the subprotocol `bearer.…`, or as `?token=…`.
    ///
    /// # Errors
    /// More than one; a token in the address that is not a ticket, unless the operator lets tokens stand there.
    pub fn of_socket(headers: &HeaderMap, query: &str, tokens_in_url: bool) -> Result<Option<Self>, Refusal> {
        let mut found: Vec<Self> = Self::in_header(headers)?.into_iter().collect();
        let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
        let bearers = offered.flat_map(|value| value.split(',')).filter_map(|name| name.trim().strip_prefix("bearer."));
        found.extend(bearers.map(Self::bearer));
        for (_, token) in url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "token") {
            let presented = Self::for_socket(&token);
            if !tokens_in_url && !matches!(presented, Self::Ticket(_)) {
                let why = "Only a ticket from POST /api/v1/ws-ticket may stand in the address; addresses end up in logs.";
                return Err(Refusal::of(Code::Unauthenticated, why));
            }
            found.push(presented);
        }
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(more_than_one()),
        }
    }
}

fn more_than_one() -> Refusal {
    Refusal::of(Code::Malformed, "Come with one credential, not with several.")
}

fn malformed() -> Refusal {
    Refusal::of(Code::Malformed, "The header is Authorization: Bearer, a space and the token.")
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn each_place_holds_what_belongs_there() {
        let token = || Some(Presented::ApiToken("snug_x".to_owned()));
        let jwt = || Some(Presented::Jwt("a.b.c".to_owned()));
        let ticket = || Some(Presented::Ticket("ticket_x".to_owned()));
        for (pairs, query, in_url, expected) in [
            (&[][..], "", false, None),
            (&[("authorization", "Basic eDp5")], "", false, None),
            (&[("authorization", "Bearer snug_x")], "", false, token()),
            (&[("authorization", "bearer a.b.c")], "", false, jwt()),
            (&[("authorization", "Bearer ticket_x")], "", false, Some(Presented::Jwt("ticket_x".to_owned()))),
            (&[("sec-websocket-protocol", "snug.v1, bearer.snug_x")], "", false, token()),
            (&[("sec-websocket-protocol", "snug.v1"), ("sec-websocket-protocol", "bearer.a.b.c")], "", false, jwt()),
            (&[], "token=ticket_x", false, ticket()),
            (&[], "token=snug_x", true, token()),
            (&[], "a=1&token=a.b.c", true, jwt()),
        ] {
            assert_eq!(Presented::of_socket(&headers(pairs), query, in_url), Ok(expected), "{pairs:?} {query}");
        }
    }

    #[test]
    fn two_credentials_are_none() {
        for (pairs, query) in [
            (&[("authorization", "Bearer snug_x"), ("authorization", "Bearer snug_y")][..], ""),
            (&[("authorization", "Bearer snug_x"), ("sec-websocket-protocol", "bearer.snug_x")], ""),
            (&[("authorization", "Bearer snug_x")], "token=ticket_x"),
            (&[], "token=ticket_x&token=ticket_x"),
            (&[("sec-websocket-protocol", "bearer.a, bearer.b")], ""),
            (&[("authorization", "Bearer")], ""),
        ] {
            let refusal = Presented::of_socket(&headers(pairs), query, false).unwrap_err();
            assert_eq!(refusal.code, Code::Malformed, "{pairs:?} {query}");
        }
    }

    #[test]
    fn a_lasting_token_in_the_address_is_refused_unless_the_operator_lets_it() {
        for query in ["token=snug_x", "token=a.b.c", "token="] {
            assert_eq!(Presented::of_socket(&HeaderMap::new(), query, false).unwrap_err().code, Code::Unauthenticated, "{query}");
        }
    }

    #[test]
    fn what_is_presented_is_not_shown() {
        assert_eq!(format!("{:?}", Presented::bearer("snug_secret")), "ApiToken(hidden)");
    }
}
