.DEFAULT_GOAL := help
.PHONY: help run test chaos lint fmt docs measure bench docker

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: ## Build and start Snug, with its data in ./data
	cargo run --release

test: ## Run every test; installs what they need where it can
	@scripts/test

chaos: ## Break Snug on purpose for hours and write docs/reliability.md
	@scripts/chaos

lint: ## Run rustfmt, clippy, cargo-deny and the type checker of the page
	@scripts/lint

fmt: ## Format the Rust code
	cargo fmt --all

docs: ## Make the pages under docs/ that come from the code
	SNUG_UPDATE_DOCS=1 cargo test --locked --test protocol
	cargo run --locked -- config docs > docs/settings.md

measure: ## Measure the binary's size, its start and its idle memory
	@scripts/measure

bench: ## Measure what a post and a delivery cost and write docs/performance.md (20 minutes)
	@scripts/bench

docker: ## Build the container image
	docker compose build
