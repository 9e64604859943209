//! Accounts and rooms made through Snug's own API, as people make them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::http::{Answer, Http, Site};
use crate::progress;

/// Rooms of this tool begin with this.
pub const ROOM_NAME_PREFIX: &str = "load";
/// As many sign-ups at once as the server hashes passwords at once.
const SIGN_UPS_AT_ONCE: usize = 4;
const PASSWORD: &str = "correct horse battery staple 7";

/// A signed-in account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: i64,
    pub username: String,
    pub cookie: String,
}

/// The one who set the place up.
pub type Owner = Account;

/// A Snug and what was made in it.
pub struct SnugApi {
    site: Site,
    http: Http,
    /// Marks the names of this run, so that a running server can be driven more than once.
    run: String,
    pub owner: Option<Owner>,
    accounts: Vec<Account>,
    /// Rooms by the accounts in them: the same accounts get the same room again.
    rooms: HashMap<Vec<i64>, i64>,
    rooms_made: usize,
}

impl SnugApi {
    pub fn at(site: Site) -> Self {
        let run = format!("{:06x}", fastrand::u32(..1 << 24));
        Self { http: Http::to(&site), site, run, owner: None, accounts: Vec::new(), rooms: HashMap::new(), rooms_made: 0 }
    }

    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// Goes through the wizard with the set-up code and opens sign-up to all.
    ///
    /// # Errors
    /// The server refuses.
    pub fn set_up(&mut self, code: &str) -> Result<()> {
        let wizard = json!({"code": code, "place_name": "Load", "sign_up": "open", "username": "owner", "display_name": "Owner",
            "password": PASSWORD});
        self.owner = Some(account(self.ask_as("POST", "/api/v1/setup", None, Some(&wizard))?)?);
        Ok(())
    }

    /// At least so many accounts, the same ones each time and new ones where they are not enough.
    ///
    /// # Errors
    /// Sign-up is closed, or refused for another reason.
    pub fn accounts(&mut self, wanted: usize) -> Result<Vec<Account>> {
        let have = self.accounts.len();
        if wanted > have {
            let made = self.sign_up(have, wanted)?;
            self.accounts.extend(made);
        }
        Ok(self.accounts[..wanted].to_vec())
    }

    /// The room of exactly these accounts (the owner of the room is the first).
    ///
    /// # Errors
    /// The server refuses.
    pub fn room_of(&mut self, accounts: &[Account]) -> Result<i64> {
        let key: Vec<i64> = accounts.iter().map(|account| account.id).collect();
        if let Some(room) = self.rooms.get(&key) {
            return Ok(*room);
        }
        let room = self.new_room(accounts)?;
        self.rooms.insert(key, room);
        Ok(room)
    }

    /// Another room of these accounts.
    ///
    /// # Errors
    /// The server refuses.
    pub fn new_room(&mut self, accounts: &[Account]) -> Result<i64> {
        let (first, others) = accounts.split_first().context("a room of nobody")?;
        let name = format!("{ROOM_NAME_PREFIX} {} {:08x}", self.run, fastrand::u32(..));
        let (ask, path) = (json!({"name": name, "topic": "", "visibility": "public"}), "/api/v1/rooms");
        let made = self.ask_as("POST", path, Some(first), Some(&ask))?.1;
        self.rooms_made += 1;
        let room = made["room"]["id"].as_i64().with_context(|| format!("no room in {made}"))?;
        for account in others {
            self.ask_as("POST", &format!("/api/v1/rooms/{room}/join"), Some(account), None)?;
        }
        Ok(room)
    }

    /// Asks in the name of an account.
    ///
    /// # Errors
    /// The server refuses.
    pub fn get(&mut self, path: &str, account: &Account) -> Result<Value> {
        self.fetch(path, account)?.json(path)
    }

    /// As [`SnugApi::get`], but the answer as it came.
    ///
    /// # Errors
    /// No answer comes, or one that is not HTTP.
    pub fn fetch(&mut self, path: &str, account: &Account) -> Result<Answer> {
        self.http.ask("GET", path, Some(&account.cookie), None)
    }

    /// Says something in a room; answers what the server did.
    ///
    /// # Errors
    /// The server refuses.
    pub fn post(&mut self, room: i64, account: &Account, client_id: &str, text: &str) -> Result<Value> {
        let (ask, path) = (json!({"client_id": client_id, "body": text}), format!("/api/v1/rooms/{room}/messages"));
        Ok(self.ask_as("POST", &path, Some(account), Some(&ask))?.1)
    }

    /// How many accounts and rooms were made here.
    pub fn made(&self) -> (usize, usize) {
        (self.accounts.len(), self.rooms_made)
    }

    /// What a reader of the figures has to know about the accounts.
    pub fn notes(&self) -> Vec<String> {
        let (accounts, rooms) = self.made();
        vec![format!(
            "{accounts} accounts signed up through the API (argon2id as configured), {rooms} rooms; sockets share the cookie of their account"
        )]
    }

    fn ask_as(&mut self, method: &str, path: &str, account: Option<&Account>, body: Option<&Value>) -> Result<(Vec<String>, Value)> {
        ask(&mut self.http, method, path, account.map(|account| account.cookie.as_str()), body)
    }

    fn sign_up(&self, from: usize, to: usize) -> Result<Vec<Account>> {
        let bar = progress::bar("signing up", (to - from) as u64);
        let (next, made) = (AtomicUsize::new(from), Mutex::new(Vec::with_capacity(to - from)));
        let worker = || -> Result<()> {
            let mut http = Http::to(&self.site);
            loop {
                crate::stop::check()?;
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= to {
                    return Ok(());
                }
                let form =
                    json!({"username": format!("u{number}-{}", self.run), "display_name": format!("User {number}"), "password": PASSWORD});
                let account = account(ask(&mut http, "POST", "/api/v1/sign-up", None, Some(&form))?)?;
                made.lock().map_err(|_| anyhow!("another sign-up failed"))?.push((number, account));
                bar.inc(1);
            }
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..SIGN_UPS_AT_ONCE).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("a sign-up panicked"))?)
        })?;
        bar.finish_and_clear();
        let mut made = made.into_inner().map_err(|_| anyhow!("a sign-up failed"))?;
        made.sort_by_key(|(number, _)| *number);
        Ok(made.into_iter().map(|(_, account)| account).collect())
    }
}

fn ask(http: &mut Http, method: &str, path: &str, cookie: Option<&str>, body: Option<&Value>) -> Result<(Vec<String>, Value)> {
    let answer = http.ask(method, path, cookie, body)?;
    let cookies = answer.cookies.clone();
    Ok((cookies, answer.json(&format!("{method} {path}"))?))
}

fn account((cookies, answer): (Vec<String>, Value)) -> Result<Account> {
    let me = &answer["me"];
    let (Some(id), Some(username)) = (me["id"].as_i64(), me["username"].as_str()) else { bail!("no account in {answer}") };
    if cookies.is_empty() {
        bail!("the server set no cookie");
    }
    Ok(Account { id, username: username.to_owned(), cookie: cookies.join("; ") })
}
