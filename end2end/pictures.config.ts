import base from './playwright.config.ts';
import { defineConfig } from '@playwright/test';

/** Pictures of all pages, for people: `npm run pictures` writes them to `target/pictures`. */
export default defineConfig(base, { testDir: 'pictures', fullyParallel: false, workers: 1, timeout: 300_000 });
