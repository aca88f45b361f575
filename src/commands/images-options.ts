/** Flags of `kubestrap images`. */
import type {Options} from './options.ts';

export type ImagesFlags = {
	/** Where to: `registry.example/prefix`, or `nodes`. */
	readonly to?: string;
	readonly from?: readonly string[];
	readonly platform?: readonly string[];
	readonly flat?: boolean;
	readonly authFile?: string;
	readonly caFile?: string;
	/** `images lock`: which parts of the lock are made. */
	readonly only?: readonly string[];
	/** `images lock`: ID/CODENAME of the nodes' distribution. */
	readonly distribution?: string;
	/** `images lock`: a lock file that is believed instead of upstream. */
	readonly trust?: string;
	/** `images pull`: mirrors are asked under their own names. */
	readonly retag?: boolean;
};

const place = 'registry.example/prefix, with http:// in front of it for plain HTTP';

/** Who we are to registries, and whom we trust. */
const identity: Options = {
	'auth-file': {type: 'string', describe: "credentials of registries: a file like Docker's config.json (Docker's own)"},
	'ca-file': {type: 'string', describe: 'PEM file with the authority of the registries'},
};
const naming: Options = {
	flat: {type: 'boolean', describe: "Kubernetes' images without folders, as kubeadm's --image-repository wants them"},
};

/** Which images, and from where. */
export const sourceOptions: Options = {
	from: {
		type: 'string',
		list: true,
		describe: 'where to look, in this order: registry.example/prefix, mirror (those of the config), upstream (all of them)',
	},
	platform: {
		type: 'string',
		list: true,
		describe: 'linux/amd64,… or all (those of the lock; linux/amd64 without one)',
	},
	...identity,
};

export const mirrorOptions: Options = {to: {type: 'string', describe: place}, ...naming};
export const loadOptions: Options = {to: {type: 'string', describe: `${place}; or nodes`}, ...naming, ...identity};

export const imagesLockOptions: Options = {
	platform: {type: 'string', list: true, describe: 'linux/amd64,linux/arm64: machines that will be nodes (linux/amd64)'},
	trust: {type: 'string', describe: 'a lock that somebody made who could reach upstream: it is believed instead of upstream'},
	distribution: {
		type: 'string',
		describe: 'debian/bookworm, ubuntu/noble, …: that of the nodes, for packages that are made for one',
	},
	only: {type: 'string', list: true, describe: 'images, binaries or packages; the rest stays as the file has it (all)'},
};

export const pullOptions: Options = {
	retag: {
		type: 'boolean',
		describe:
			"for runtimes that cannot be given mirrors: pull under the mirror's name, tag as upstream's, drop the mirror's name",
	},
};

export const imagesOptions: Options = {...imagesLockOptions, ...sourceOptions, ...mirrorOptions, ...pullOptions};
