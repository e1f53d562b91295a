# What `make` can be asked to do with the Node binding.

.PHONY: node-test node-soak node-lint node-bench-needs node-needs

node-test: loom-node/node_modules/.package-lock.json ## the Node binding: vectors, types, stores, the packed package
	cd loom-node && npm run build && npm test

node-soak: loom-node/node_modules/.package-lock.json ## ten million calls of the Node binding that only read, and no growth of memory (two minutes)
	cd loom-node && npm run build && npm run soak

node-lint: loom-node/node_modules/.package-lock.json ## the Node binding: generated types, strict types, the package's form
	$(CARGO) clippy -q -p loom-node --features testing --locked -- -D warnings
	cd loom-node && npm run build && npm run lint

loom-node/node_modules/.package-lock.json: loom-node/package.json loom-node/package-lock.json | node-needs
	cd loom-node && npm ci
	@touch $@

# The peer is no dependency of the package, so it is fetched for the figures alone.
node-bench-needs: loom-node/node_modules/.package-lock.json
	cd loom-node && npm run build
	@mkdir -p target/node-bench && cp loom-node/bench/cost.mjs target/node-bench/
	@cd target/node-bench && npm install --silent --no-save --no-package-lock --prefix . glob-intersection@0.1.3
	@ln -sfn $(CURDIR)/loom-node target/node-bench/node_modules/loomstack

node-needs: needs
	@command -v node >/dev/null && command -v npm >/dev/null || \
	  { echo 'node or npm is missing: install Node 20 or newer (apt-get install nodejs npm)' >&2; exit 1; }
	@node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' || \
	  { echo 'Node 20 or newer is needed' >&2; exit 1; }
