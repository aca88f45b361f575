/** A unit that is written and not made known waits for whatever service comes next, which then finds something to do that is not its own. */
import test from 'ava';
import {daemonReload} from '../../src/phases/daemon-reload.ts';
import {scenes} from '../crash/scenes.ts';

const isUnit = (path: string) => /^\/(etc|usr\/lib|lib)\/systemd\/system\//.test(path);

test('each phase that writes a unit makes it known to systemd before it ends', (t) => {
	const {init, join} = scenes();
	const found = new Set<string>();
	for (const {chapters} of [...init.nodes, ...join.nodes])
		for (const {phases} of chapters)
			for (const {name, steps} of phases) {
				const last = steps.findLastIndex((step) => step.kind === 'file' && isUnit(step.path));
				if (last === -1) continue;
				const known = steps.slice(last).some((step) => step.kind === 'service' || step === daemonReload);
				if (!known) found.add(name);
			}
	t.deepEqual([...found], []);
});
