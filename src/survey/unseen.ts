import type {Facts} from '../model.ts';

/** Facts of a machine that cannot be asked: nothing is known. Only for a node whose whole walk is done on another machine. */
export const unseen = (hostname: string): Facts => ({
	hostname,
	machineId: '',
	arch: 'amd64',
	os: {id: '', idLike: [], versionId: '', pretty: ''},
	kernel: '',
	cgroup: 'v2',
	capSysResource: false,
	cpus: 0,
	memoryMiB: 0,
	addresses: [],
	defaultAddress: {},
	resolvConf: '',
	swaps: [],
	clockSkewMs: 0,
	files: {},
	units: [],
	probes: {},
});
