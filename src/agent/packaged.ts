#!/usr/bin/env node
// The program as the npm package has it: scripts/bundle_program.ts begins here.
import "./hosts/compile_cache.ts";
import "./main.ts";
