# `make` lists what there is to do.
GO ?= go
BIN := bin
# A build from a copied or foreign-owned tree has no version control to ask.
export GOFLAGS := $(GOFLAGS) -buildvcs=false
LDFLAGS := $(if $(VERSION),-X argus/host.Version=$(VERSION))
# Landlock and seccomp are Linux's: no other system has a sandbox for servers yet.
SANDBOX := $(if $(filter linux,$(shell $(GO) env GOOS)),sandbox-landlock)
GOBUILD := CGO_ENABLED=0 $(GO) build -trimpath -ldflags='$(LDFLAGS)'

.PHONY: help build vet test check demo channels grpc-e2e llm-e2e conformance bench docs man proto formal extracted vectors kernel-mutants translator-mutants formal-mutants

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

build: ## all programs, into bin/
	$(GOBUILD) -o $(BIN)/ ./cmd/argus
	$(GOBUILD) -o $(BIN)/plugins/ $(addprefix ./plugins/,oracle-cedar registry-git audit-sqlite $(SANDBOX))
	$(if $(SANDBOX),$(GOBUILD) -o $(BIN)/plugins/argus-confine ./plugins/sandbox-landlock/helper)
	$(GOBUILD) -o $(BIN)/examples/ ./examples/...

vet: ## what can be told without running anything, for Linux and for macOS
	$(GO) vet ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./...

test: build vet ## every test
	$(GO) test -count=1 ./... # many run built programs, whose changes the test cache does not see

check: vet ## formatting, vet, and every test under the race detector
	@unformatted=$$(git ls-files -z '*.go' | xargs -0 gofmt -l); test -z "$$unformatted" || { echo "not formatted:"; echo "$$unformatted"; exit 1; }
	$(GO) test -race -count=1 ./...

demo: build ## attacks and everyday tasks, without Argus and through it
	$(BIN)/argus demo

channels: build ## attacks by every way in which MCP carries bytes, in both eras
	$(GOBUILD) -o $(BIN)/tools/ ./test/channels ./test/channels/speaker
	$(BIN)/tools/channels

grpc-e2e: build ## stories of agents over gRPC, in Go and TypeScript, told to a running Argus
	$(GOBUILD) -o $(BIN)/tools/ ./examples/servers/stub
	$(GOBUILD) -o $(BIN)/tools/agent ./examples/agents/grpc
	$(GOBUILD) -o $(BIN)/tools/grpc-e2e ./test/grpc
	sh test/npm.sh examples/agents/typescript
	node=$$(sh test/node.sh 22) && export PATH="$$node:$$PATH" && npm run --silent --prefix examples/agents/typescript check && \
	  $(BIN)/tools/grpc-e2e -typescript examples/agents/typescript/agent.ts

llm-e2e: build ## agents on the official clients of model vendors, told to leak a note, with Argus in front of the vendor and without
	$(GOBUILD) -o $(BIN)/tools/ ./examples/servers/stub
	$(GO) build -o $(BIN)/tools/ ./test/llm/goagent # as tests build it: the clients of vendors take minutes to compile
	$(GO) build -o $(BIN)/tools/llm-e2e ./test/llm
	sh test/npm.sh test/llm/agents
	node=$$(sh test/node.sh 22) && PATH="$$node:$$PATH" $(BIN)/tools/llm-e2e

conformance: build ## the official suite of MCP, directly and through Argus
	$(GOBUILD) -o $(BIN)/tools/ ./test/conformance
	sh test/npm.sh test/conformance
	node=$$(sh test/node.sh 22) && PATH="$$node:$$PATH" $(BIN)/tools/conformance

bench: build ## what a call through Argus costs
	$(GO) run ./bench

formal: ## prove the kernel, check the proofs, and compare the kernel with the proved one
	sh formal/install.sh
	@$(GO) run ./formal/gorocq ./kernel | cmp -s - formal/extracted/Kernel.v || { echo "formal/extracted is stale: run make extracted" >&2; exit 1; }
	@$(MAKE) --no-print-directory -C formal -j2 audit

vectors: ## keep what the reference program answers, for the tests that run without it
	@$(MAKE) --no-print-directory -C formal reference/reference
	$(GO) test -count=1 -tags reference ./formal/reference -run Vectors -update

kernel-mutants: ## break the kernel in a hundred ways, which its tests must notice
	$(GO) run ./formal/mutate kernel

translator-mutants: extracted ## break the translator, which types, the reference program or the proofs must notice
	@$(MAKE) --no-print-directory -C formal -j2 all
	$(GO) run ./formal/mutate translator

formal-mutants: extracted ## break the kernel once for each theorem, whose proof must fail
	@$(MAKE) --no-print-directory -C formal -j2 all
	$(GO) run ./formal/mutate proofs

extracted: ## the kernel in Gallina, from its Go
	$(GO) run ./formal/gorocq ./kernel >formal/extracted/Kernel.v.new
	mv formal/extracted/Kernel.v.new formal/extracted/Kernel.v

man: build ## the manual pages, into bin/man1
	$(BIN)/argus man $(BIN)/man1

docs: ## the pages that are written from the code
	$(GO) test ./cmd/argus -run TestThePageOfCommandsIsFresh -update

proto: ## generate the Go of proto/ (needs protoc)
	$(GO) build -o $(BIN)/tools/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
	PATH="$(CURDIR)/$(BIN)/tools:$$PATH" protoc -I proto --go_out=proto --go_opt=paths=source_relative \
	  --go-grpc_out=proto --go-grpc_opt=paths=source_relative $$(cd proto && find argus -name '*.proto')
