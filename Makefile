.DEFAULT_GOAL := help
.PHONY: help run test lint fmt docker

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: ## Build and start Snug, with its data in ./data
	cargo run --release

test: ## Run every test; installs what they need where it can
	@scripts/test

lint: ## Run rustfmt, clippy, cargo-deny and the type checker of the page
	@scripts/lint

fmt: ## Format the Rust code
	cargo fmt --all

docker: ## Build the container image
	docker compose build
