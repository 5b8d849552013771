import { start } from '../../../src-renderer/start.ts';
import { FixtureClient } from '../fixtures/client.ts';

// `?scene=fresh` is a first start; anything else has a few projects.
start(Promise.resolve(new FixtureClient(new URLSearchParams(location.search).get('scene') ?? 'used')));
