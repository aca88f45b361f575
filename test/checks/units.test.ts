import test from 'ava';
import {readRuns, readUnits} from '../../src/checks/units.ts';

const shown = `Id=kubelet.service
LoadState=not-found
ActiveState=inactive
UnitFileState=

Id=kubestrap-lab-prepare-abc.service
LoadState=loaded
ActiveState=activating
UnitFileState=transient

nonsense
`;

test('units by their ids, and whatever else systemd prints left out', (t) => {
	const units = readUnits(shown);
	t.deepEqual([...units.keys()], ['kubelet.service', 'kubestrap-lab-prepare-abc.service']);
	t.false(units.get('kubelet.service')?.loaded);
	t.is(readUnits('').size, 0);
});

test('a unit of ours is one that runs, or one that left a folder', (t) => {
	t.deepEqual(readRuns(readUnits(shown), '- kubestrap-lab-prepare-abc\n0 kubestrap-lab-start-def\n999999 kubestrap-odd\n'), [
		{name: 'kubestrap-lab-prepare-abc', active: true},
		{name: 'kubestrap-lab-start-def', active: false, rc: 0},
		{name: 'kubestrap-odd', active: false},
	]);
});
