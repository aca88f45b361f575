import test from 'ava';
import {imagesPull} from '../../src/commands/images-pull.ts';
import {PreflightError} from '../../src/errors.ts';
import type {PullWalk} from '../../src/pipeline/pull.ts';
import {called, goodSummary} from './fakes.ts';

/** A fake of the corridor that remembers how it was walked. */
function fake(summary = goodSummary) {
	const walks: PullWalk[] = [];
	return {
		walks,
		pullImages: async (_cluster: unknown, _lock: unknown, walk: PullWalk) => {
			walks.push(walk);
			return {summary, sites: []};
		},
	};
}

test('all nodes are meant, or those that are named; the runtime may know no mirrors', async (t) => {
	const {walks, pullImages} = fake();
	t.is(await imagesPull(called().call, {pullImages}), 0);
	t.is(await imagesPull(called({words: ['w1'], images: {retag: true}}).call, {pullImages}), 0);
	t.like(walks[0], {names: [], retag: false});
	t.like(walks[1], {names: ['w1'], retag: true});
});

test('a failed pull is exit 5, and says that the same command goes on', async (t) => {
	const {call, err} = called();
	t.is(await imagesPull(call, fake({...goodSummary, ok: false, exit: 5, failed: 1})), 5);
	t.regex(err(), /what is there is not pulled again/);
});

test('machines without a runtime are named, with what installs one', async (t) => {
	const {call, err} = called();
	const pullImages = () => Promise.reject(new PreflightError('w1: there is no crictl', {hint: 'install one'}));
	t.is(await imagesPull(call, {pullImages}), 3);
	t.regex(err(), /w1: there is no crictl[\s\S]*install one/);
});
