import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {caughtUp, isLostGone, isMember, noStray, votes} from '../../src/contract/etcd-changes.ts';
import {agree, isRemoved} from '../../src/contract/etcd-removal.ts';

/** What would have to begin in etcd's container, for which the runtime writes on the node. */
function asked(script: string, looking: boolean): {code: number | null; entered: boolean} {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-looking-'));
	writeFileSync(join(folder, 'crictl'), `#!/bin/sh\n: >${folder}/entered\nexit 1\n`);
	chmodSync(join(folder, 'crictl'), 0o755);
	const env = {PATH: `${folder}:/usr/bin:/bin`, ...(looking ? {looking: 'yes'} : {})};
	const {status} = spawnSync('sh', ['-c', script, 'sh', 'https://10.0.0.2:2380', 'a2'], {env});
	return {code: status, entered: existsSync(join(folder, 'entered'))};
}

test('a program that only looks enters no container to ask for members: what the survey saw stands', (t) => {
	for (const script of [isMember, isLostGone, votes, caughtUp, isRemoved, agree]) {
		t.deepEqual(asked(script, true), {code: 1, entered: false});
		t.true(asked(script, false).entered);
	}
	t.deepEqual(asked(noStray, true), {code: 0, entered: false}, 'nothing has been added yet that could stay behind');
});
