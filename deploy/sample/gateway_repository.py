"""`ai-gateway`: Rust; a refactoring has taken back the fix of an earlier error."""

from repository import HOUR, Repository, ago

HYUNWOO = "Choi Hyunwoo <hyunwoo.choi@acme.example>"
ANNA = "Anna Schmidt <anna.schmidt@acme.example>"
SORA = "Lee Sora <sora.lee@acme.example>"

RELEASE = "2026.11.20-2"
RELEASE_BEFORE = "2026.11.17-1"
RELEASE_OF_INCIDENT = "2026.10.29-1"
OLD_FIX = "client: tolerate empty choices"
REGRESSION_GUILTY = "client: one answer type for chat and tools"
TIMEOUT_GUILTY = "service: answers of up to 4096 tokens, nobody likes them cut"

SERVICE = "src/domain/ai/service.rs"
CLIENT = "src/domain/ai/client.rs"
REFUSAL = "src/domain/ai/refusal.rs"
FILTER = "src/domain/prompt/filter.rs"
USAGE = "src/domain/usage.rs"
CONFIG = "src/config.rs"

CARGO = """\
[package]
name = "ai_gateway"
version = "0.9.0"
edition = "2021"

[dependencies]
axum = "0.7"
reqwest = { version = "0.12", features = ["json"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
sqlx = { version = "0.8", features = ["postgres", "runtime-tokio"] }
tokio = { version = "1", features = ["full"] }
tracing = "0.1"
tracing-subscriber = { version = "0.3", features = ["json"] }
"""

MAIN_RS = """\
//! The one door through which our programs talk to language models.

use std::sync::Arc;

use ai_gateway::config::Config;
use ai_gateway::domain::ai::service::Service;
use ai_gateway::http;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .json()
        .with_file(true)
        .with_line_number(true)
        .init();
    let config = Config::from_environment()?;
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    tracing::info!(address = %config.listen, "listening");
    let service = Arc::new(Service::new(&config));
    axum::serve(listener, http::routes(service)).await?;
    Ok(())
}
"""

LIB_RS = """\
pub mod config;
pub mod domain;
pub mod error;
pub mod http;
"""

DOMAIN_RS = """\
pub mod ai;
pub mod prompt;
pub mod usage;
"""

AI_RS = """\
pub mod client;
pub mod refusal;
pub mod service;
"""

CONFIG_RS = """\
//! Settings, from the environment only.

use std::net::SocketAddr;
use std::time::Duration;

use crate::error::Error;

pub struct Config {
    pub listen: SocketAddr,
    pub upstream: String,
    pub model: String,
    /// How long one call of the model may take.
    pub upstream_timeout: Duration,
    pub usage_store: String,
}

impl Config {
    pub fn from_environment() -> Result<Config, Error> {
        Ok(Config {
            listen: required("LISTEN")?
                .parse()
                .map_err(|_| Error::Setting("LISTEN"))?,
            upstream: required("UPSTREAM")?,
            model: required("MODEL")?,
            upstream_timeout: Duration::from_secs(20),
            usage_store: required("USAGE_STORE")?,
        })
    }
}

fn required(name: &'static str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| Error::Setting(name))
}
"""

ERROR_RS = """\
//! What can go wrong, with the codes that our users know.

use std::fmt;

#[derive(Debug)]
pub enum Error {
    Setting(&'static str),
    /// AI_003
    UpstreamTimeout { milliseconds: u128 },
    /// AI_004
    UpstreamRefused { status: u16, reason: String },
    /// AI_007
    UnreadableAnswer(String),
    /// AI_011
    PromptRejected,
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Error::Setting(_) => "AI_001",
            Error::UpstreamTimeout { .. } => "AI_003",
            Error::UpstreamRefused { .. } => "AI_004",
            Error::UnreadableAnswer(_) => "AI_007",
            Error::PromptRejected => "AI_011",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Setting(name) => write!(out, "{name} is missing or malformed"),
            Error::UpstreamTimeout { milliseconds } => write!(out, "no answer after {milliseconds} ms"),
            Error::UpstreamRefused { status, reason } => write!(out, "refused with {status}: {reason}"),
            Error::UnreadableAnswer(reason) => write!(out, "unreadable answer: {reason}"),
            Error::PromptRejected => write!(out, "the prompt is not allowed"),
        }
    }
}

impl std::error::Error for Error {}
"""

HTTP_RS = """\
//! HTTP in: POST /v1/chat.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

use crate::domain::ai::service::Service;
use crate::domain::prompt::filter;

#[derive(Deserialize)]
pub struct ChatRequest {
    pub prompt: String,
}

pub fn routes(service: Arc<Service>) -> Router {
    Router::new().route("/v1/chat", post(chat)).with_state(service)
}

async fn chat(
    State(service): State<Arc<Service>>,
    Json(request): Json<ChatRequest>,
) -> Result<String, StatusCode> {
    filter::check(&request.prompt).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)?;
    service
        .answer(&request.prompt)
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)
}
"""

SERVICE_RS = """\
//! Answers prompts with the configured model.

use std::time::{Duration, Instant};

use crate::config::Config;
use crate::domain::ai::client::{Client, Question};
use crate::error::Error;

/// The model writes about 200 tokens a second.
const MAX_TOKENS: u32 = 1024;

pub struct Service {
    client: Client,
    model: String,
    timeout: Duration,
}

impl Service {
    pub fn new(config: &Config) -> Service {
        Service {
            client: Client::new(&config.upstream),
            model: config.model.clone(),
            timeout: config.upstream_timeout,
        }
    }

    /// One answer; never waits longer than the configured time-out.
    #[tracing::instrument(name = "answer", skip_all)]
    pub async fn answer(&self, prompt: &str) -> Result<String, Error> {
        let question = Question { model: &self.model, prompt, max_tokens: MAX_TOKENS };
        let start = Instant::now();
        match tokio::time::timeout(self.timeout, self.client.ask(&question)).await {
            Ok(answer) => answer,
            Err(_) => {
                let milliseconds = start.elapsed().as_millis();
                tracing::error!(
                    error_code = "AI_003",
                    duration_ms = milliseconds as u64,
                    max_tokens = MAX_TOKENS,
                    model = %self.model,
                    "upstream model did not answer in time"
                );
                Err(Error::UpstreamTimeout { milliseconds })
            }
        }
    }
}
"""

CLIENT_RS = """\
//! Speaks the chat protocol of the model server.

use serde::{Deserialize, Serialize};

use crate::domain::ai::refusal;
use crate::error::Error;

#[derive(Serialize)]
pub struct Question<'a> {
    pub model: &'a str,
    pub prompt: &'a str,
    pub max_tokens: u32,
}

/// What the model server sends back.
#[derive(Debug, Deserialize)]
pub struct ChatAnswer {
    pub choices: Vec<Choice>,
}

#[derive(Debug, Deserialize)]
pub struct Choice {
    pub text: String,
}

pub struct Client {
    http: reqwest::Client,
    endpoint: String,
}

impl Client {
    pub fn new(endpoint: &str) -> Client {
        Client { http: reqwest::Client::new(), endpoint: endpoint.to_string() }
    }

    pub async fn ask(&self, question: &Question<'_>) -> Result<String, Error> {
        let response = self.http.post(&self.endpoint).json(question).send().await.map_err(unreadable)?;
        let status = response.status();
        let body = response.text().await.map_err(unreadable)?;
        if !status.is_success() {
            return Err(refusal::refused(status.as_u16(), body));
        }
        first_choice(&body)
    }
}

/// The text of the first choice.
pub fn first_choice(body: &str) -> Result<String, Error> {
    let answer: ChatAnswer = match serde_json::from_str(body) {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(error_code = "AI_007", "cannot parse the answer of the model: {error}");
            return Err(Error::UnreadableAnswer(error.to_string()));
        }
    };
    Ok(answer.choices[0].text.clone())
}

fn unreadable(error: reqwest::Error) -> Error {
    Error::UnreadableAnswer(error.to_string())
}
"""

REFUSAL_RS = """\
//! What the model server says when it does not want to answer.

use crate::error::Error;

/// Logs the refusal with its reason.
pub fn refused(status: u16, reason: String) -> Error {
    tracing::error!(error_code = "AI_004", status, "model server refused: {reason}");
    Error::UpstreamRefused { status, reason }
}
"""

FILTER_RS = """\
//! Refuses prompts that try to take over.

use crate::error::Error;

const FORBIDDEN: [&str; 3] = ["ignore all previous", "system prompt", "developer mode"];

pub fn check(prompt: &str) -> Result<(), Error> {
    let lowered = prompt.to_lowercase();
    if FORBIDDEN.iter().any(|phrase| lowered.contains(phrase)) {
        tracing::error!(error_code = "AI_011", "prompt rejected: {prompt}");
        return Err(Error::PromptRejected);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn ordinary_prompts_pass() {
        assert!(check("Summarise this order for the customer.").is_ok());
    }
}
"""

USAGE_RS = """\
//! Counts tokens by team.

use sqlx::postgres::{PgPool, PgPoolOptions};

pub struct Usage {
    pool: PgPool,
}

impl Usage {
    pub async fn open(store: &str) -> Result<Usage, sqlx::Error> {
        match PgPoolOptions::new().max_connections(4).connect(store).await {
            Ok(pool) => Ok(Usage { pool }),
            Err(error) => {
                tracing::error!(error_code = "AI_009", "usage store {store} cannot be opened: {error}");
                Err(error)
            }
        }
    }

    pub async fn add(&self, team: &str, tokens: i64) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT INTO usage (team, tokens) VALUES ($1, $2)")
            .bind(team)
            .bind(tokens)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
"""


def gateway():
    repository = Repository("ai-gateway", fetched=5 * HOUR + 50 * 60)
    repository.commit(
        ago(60, "13:30"), HYUNWOO, "gateway: skeleton, settings, errors with codes",
        write={"Cargo.toml": CARGO, "src/main.rs": MAIN_RS, "src/lib.rs": LIB_RS, CONFIG: CONFIG_RS,
               "src/error.rs": ERROR_RS, "src/domain/mod.rs": "pub mod ai;\n", "src/domain/ai/mod.rs": AI_RS,
               "README.md": "# ai-gateway\n\nOne door to the language models.\n"})
    repository.commit(
        ago(59, "16:12"), HYUNWOO, "service: answer prompts, give up after 20 seconds",
        write={SERVICE: SERVICE_RS, CLIENT: CLIENT_RS, REFUSAL: REFUSAL_RS, "src/http.rs": HTTP_RS})
    repository.commit(
        ago(52, "11:45"), ANNA, "filter: refuse prompts that try to take over",
        write={FILTER: FILTER_RS, "src/domain/prompt/mod.rs": "pub mod filter;\n"},
        edit={"src/domain/mod.rs": [("pub mod ai;\n", "pub mod ai;\npub mod prompt;\n")]})
    repository.commit(
        ago(44, "15:20"), SORA, "usage: count tokens by team",
        write={USAGE: USAGE_RS, "src/domain/mod.rs": DOMAIN_RS}, tag="2026.10.08-1")
    repository.commit(
        ago(31, "10:05"), ANNA, "README: the error codes",
        edit={"README.md": [("One door to the language models.\n",
                             "One door to the language models.\n\nAI_003: no answer in time. AI_004: refused.\n"
                             "AI_007: unreadable answer. AI_009: usage store. AI_011: prompt rejected.\n")]})
    repository.commit(
        ago(23, "14:48"), HYUNWOO, "client: say so when the answer has no choice",
        edit={CLIENT: [("    Ok(answer.choices[0].text.clone())\n",
                        "    match answer.choices.first() {\n        Some(choice) => Ok(choice.text.clone()),\n"
                        '        None => Err(Error::UnreadableAnswer("no choice".to_string())),\n    }\n')]},
        tag=RELEASE_OF_INCIDENT)
    repository.commit(
        ago(14, "11:17"), ANNA,
        OLD_FIX + "\n\nA model server under load answers {\"usage\": …} without `choices`. That is an empty answer,\n"
        "not a broken one: the field gets its default.",
        edit={CLIENT: [("    pub choices: Vec<Choice>,\n", "    #[serde(default)]\n    pub choices: Vec<Choice>,\n"),
                       ('Err(Error::UnreadableAnswer("no choice".to_string()))', "Ok(String::new())")]},
        tag="2026.11.07-1")
    repository.commit(
        ago(9, "17:33"), SORA, "filter: one more phrase",
        edit={FILTER: [('[&str; 3] = ["ignore all previous", ', '[&str; 4] = ["ignore all previous", "jailbreak", ')]})
    repository.commit(
        ago(4, "10:22"), HYUNWOO, "settings: name the one that is missing",
        edit={"src/error.rs": [("{name} is missing or malformed", "the setting {name} is missing or malformed")]},
        tag=RELEASE_BEFORE)
    repository.commit(
        ago(2, "14:09"), SORA, TIMEOUT_GUILTY,
        edit={SERVICE: [("const MAX_TOKENS: u32 = 1024;", "const MAX_TOKENS: u32 = 4096;")]})
    repository.commit(
        ago(1, "11:41"), HYUNWOO,
        REGRESSION_GUILTY + "\n\nTool calls and chat differ in one optional field only.",
        edit={CLIENT: [
            ("/// What the model server sends back.\n#[derive(Debug, Deserialize)]\npub struct ChatAnswer {\n"
             "    #[serde(default)]\n    pub choices: Vec<Choice>,\n}\n",
             "/// What the model server sends back, for chat and for tool calls.\n#[derive(Debug, Deserialize)]\n"
             "pub struct Answer {\n    pub choices: Vec<Choice>,\n    pub tool: Option<String>,\n}\n"),
            ("    let answer: ChatAnswer = match", "    let answer: Answer = match")]})
    repository.commit(
        ago(1, "15:26"), ANNA, "http: prompts of 32 KB at most",
        edit={"src/http.rs": [
            ("use axum::extract::State;\n", "use axum::extract::{DefaultBodyLimit, State};\n"),
            ('post(chat)).with_state(service)\n',
             'post(chat))\n        .layer(DefaultBodyLimit::max(32 * 1024))\n        .with_state(service)\n')]},
        tag=RELEASE)
    return repository
