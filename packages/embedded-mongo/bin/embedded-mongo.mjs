#!/usr/bin/env node
import { main } from '../dist/launch/cli.js';

await main(process.argv.slice(2));
