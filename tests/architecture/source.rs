//! The project's source as text: files, words and paths. Knows no rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub struct Source {
    /// From the root of the project, with `/`.
    pub path: String,
    pub text: String,
    /// Words and signs of a Rust file without comments and strings.
    pub tokens: Vec<String>,
    /// Every path of a Rust file, with groups unfolded and `super` resolved: `crate::domain::RoomId`.
    pub uses: BTreeSet<String>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let tokens = if path.ends_with(".rs") { tokens(text) } else { Vec::new() };
        let uses = paths(&tokens, module_depth(path));
        Self { path: path.to_owned(), text: text.to_owned(), tokens, uses }
    }

    /// The top module a file of `src/` belongs to; none for `lib.rs`, which only lists them.
    pub fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let top = inside.split('/').next()?.trim_end_matches(".rs");
        (top != "lib").then_some(top)
    }

    pub fn names(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token == word)
    }

    /// The code that is shipped: without the test module at the end of the file.
    pub fn tokens_before_tests(&self) -> &[String] {
        let end = self.tokens.windows(3).position(|three| three == ["mod", "tests", "{"]);
        &self.tokens[..end.unwrap_or(self.tokens.len())]
    }

    /// The top modules of the crate that this file reaches into. `main.rs` is a crate of its own and calls them `snug::`.
    pub fn crate_modules(&self) -> BTreeSet<&str> {
        let inside = |path: &'_ String| path.starts_with("crate::") || path.starts_with("snug::");
        self.uses.iter().filter(|path| inside(path)).filter_map(|path| path.split("::").nth(1)).collect()
    }
}

/// How many `super` lead from the file's own module to the root of the crate.
fn module_depth(path: &str) -> usize {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(inside, "lib" | "main") { 0 } else { inside.split('/').count() }
}

fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or(' ');
    let mut tokens = Vec::new();
    let mut index = 0;
    while index < chars.len() {
        let start = index;
        match at(index) {
            '/' if at(index + 1) == '/' => index = skip_to(&chars, index, "\n"),
            '/' if at(index + 1) == '*' => index = skip_to(&chars, index + 2, "*/"),
            'r' if matches!((at(index + 1), at(index + 2)), ('"', _) | ('#', '"' | '#')) => {
                let hashes = chars[index + 1..].iter().take_while(|sign| **sign == '#').count();
                index = skip_to(&chars, index + hashes + 2, &format!("\"{}", "#".repeat(hashes)));
            }
            '"' => {
                index += 1;
                while index < chars.len() && at(index) != '"' {
                    index += if at(index) == '\\' { 2 } else { 1 };
                }
                index += 1;
            }
            '\'' if at(index + 1) == '\\' => index = skip_to(&chars, index + 3, "'"),
            '\'' if at(index + 2) == '\'' => index += 3,
            first if first.is_alphanumeric() || first == '_' => {
                index += chars[index..].iter().take_while(|sign| sign.is_alphanumeric() || **sign == '_').count();
                tokens.push(chars[start..index].iter().collect());
            }
            ':' if at(index + 1) == ':' => {
                index += 2;
                tokens.push("::".to_owned());
            }
            space if space.is_whitespace() => index += 1,
            sign => {
                index += 1;
                tokens.push(sign.to_string());
            }
        }
    }
    tokens
}

/// The index behind the next `end`, or behind the whole text.
fn skip_to(chars: &[char], from: usize, end: &str) -> usize {
    let end: Vec<char> = end.chars().collect();
    (from..chars.len()).find(|index| chars[*index..].starts_with(&end)).map_or(chars.len(), |index| index + end.len())
}

/// Every path in the code. `{}` groups are unfolded; `super` is counted from the file's depth and the inline modules around it.
fn paths(tokens: &[String], depth: usize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut braces: Vec<bool> = Vec::new(); // of every open brace: does it open an inline module?
    let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new(); // brace depth → the path in front of that group
    let mut path: Vec<String> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map_or("", |before| tokens[before].as_str());
        if token.chars().all(|sign| sign.is_alphanumeric() || sign == '_') {
            if before != "::" {
                path = groups.get(&braces.len()).cloned().unwrap_or_default();
            }
            path.push(token.clone());
            let modules = depth + braces.iter().filter(|module| **module).count();
            let supers = path.iter().take_while(|word| *word == "super").count();
            let mut whole = path.clone();
            if supers > 0 && supers >= modules {
                whole.splice(..supers, ["crate".to_owned()]);
            }
            found.insert(whole.join("::"));
        } else if token == "{" {
            if before == "::" {
                groups.insert(braces.len() + 1, path.clone());
            }
            braces.push(index >= 2 && tokens[index - 2] == "mod");
        } else if token == "}" {
            groups.remove(&braces.len());
            braces.pop();
        }
    }
    found
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file somebody wrote and somebody reads: Rust, JavaScript and CSS.
pub fn project() -> Vec<Source> {
    let mut files = Vec::new();
    for folder in ["src", "static", "tests", "benches"] {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 20, "only {} files found: the walk is broken", files.len());
    // Its strings hold the planted violations.
    files.retain(|source: &Source| source.path != "tests/architecture.rs");
    files
}

fn collect(folder: &Path, files: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| ["rs", "js", "mjs", "css"].iter().any(|known| end == *known)) {
            let name = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push(Source::new(&name, &read(&path)));
        }
    }
}

pub fn folders(path: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flatten().filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
