import {printable} from '../checks/printable.ts';
import {paths, services} from '../checks/probes.ts';
import {isActive, readRuns, readUnits} from '../checks/units.ts';
import type {Facts} from '../model.ts';
import type {Asked} from './ask.ts';
import {readFiles} from './files.ts';
import type {Frames} from './frames.ts';
import {hasSysResource, readArch, readCgroup, readNumber, readOs, readSwaps} from './machine.ts';
import {defaultAddress, readAddresses, readRoutes} from './network.ts';
import {readOutputs} from './outputs.ts';
import {readOwnership} from './ownership.ts';

/** The node's looks that the judges of checks see; those that Facts is made of are not repeated there. */
const kept = new Set(['routes', 'status', 'settings', 'cgroups']);

/**
 * Facts of one node from the frames of its survey. `probes` names the looks that must have run.
 * Throws with a sentence when anything that was asked for is missing or makes no sense: what was not read is never "not there".
 */
export function readFacts(frames: Frames, asked: Asked, probes: readonly string[]): Facts {
	const outputs = readOutputs(frames, probes);
	const text = (name: string): string => {
		const output = outputs.get(name);
		if (output === undefined) throw new Error(`${name} was not looked at`);
		if (output.code !== 0)
			throw new Error(`${name} could not be read (exit ${output.code}): ${printable(output.stderr) || 'no message'}`);
		return output.stdout;
	};
	text('contents');
	const files = readFiles(text('files'), frames);
	const units = readUnits(outputs.get(services.name)?.code === 0 ? text(services.name) : '');
	const container = text('container').trim();
	const tools = text(paths.name).split('\n');
	const downloader = (['curl', 'wget'] as const).find((tool) => tools.includes(tool));
	const ownership = readOwnership(files);
	const resolved = units.get('systemd-resolved.service');
	return {
		hostname: printable(text('hostname'), 253).toLowerCase(),
		machineId: printable(text('machineId'), 64),
		arch: readArch(text('uname')),
		os: readOs(text('osRelease')),
		kernel: printable(text('kernel'), 100),
		cgroup: readCgroup(text('cgroupType'), text('flags').split('\n').includes('memory-hierarchy')),
		...(['', 'none'].includes(container) ? {} : {container: printable(container, 40)}),
		capSysResource: hasSysResource(text('status')),
		cpus: readNumber(text('cpus'), 'the number of CPUs'),
		memoryMiB: Math.floor(readNumber(text('memory'), 'the size of memory') / 1024),
		addresses: readAddresses(text('addresses')),
		defaultAddress: defaultAddress(readRoutes(text('routes'))),
		// kubeadm's rule: the active service decides, not what /etc/resolv.conf looks like.
		resolvConf: resolved !== undefined && isActive(resolved.active) ? '/run/systemd/resolve/resolv.conf' : '/etc/resolv.conf',
		swaps: readSwaps(text('swaps')),
		...(downloader === undefined ? {} : {downloader}),
		clockSkewMs: skew(frames, asked),
		files,
		units: readRuns(units, text('runs')),
		...(ownership === undefined ? {} : {ownership}),
		probes: Object.fromEntries([...outputs].filter(([name]) => kept.has(name) || !machineNames.has(name))),
	};
}

const machineNames = new Set(
	'files contents uname hostname machineId kernel osRelease cgroupType container cpus memory addresses swaps runs'.split(' '),
);

/** Node clock minus ours: the middle of the node's work against the middle of our wait, so that the way there and back cancels out. */
function skew(frames: Frames, {from, until}: Asked): number {
	const [begin, end] = ['begin', 'end'].map((name) => readNumber(frames.get(name)?.toString('utf8') ?? '', 'the clock') / 1e6);
	return Math.round((begin! + end!) / 2 - (from + until) / 2);
}
