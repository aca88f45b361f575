/** Flags of `kubestrap token`, under kubeadm's names. */
import type {Options} from './options.ts';

export type TokenFlags = {
	/** File that holds the token; `-` is stdin. */
	readonly tokenFile?: string;
	/** A Go duration; 0 is for ever. */
	readonly ttl?: string;
	readonly usages?: readonly string[];
	readonly groups?: readonly string[];
	readonly description?: string;
	readonly printJoinCommand?: boolean;
	/** Empty: to be made. */
	readonly certificateKey?: string;
	readonly showSecrets?: boolean;
};

export const tokenCreateOptions: Options = {
	'token-file': {type: 'string', describe: 'file with the token to create; - is stdin; without it one is made'},
	ttl: {type: 'string', describe: 'how long it lives, as 24h or 90m; 0 is for ever (24h)'},
	usages: {type: 'string', list: true, describe: 'what it is good for (signing,authentication)'},
	groups: {type: 'string', list: true, describe: 'groups of who uses it (system:bootstrappers:kubeadm:default-node-token)'},
	description: {type: 'string', describe: 'what it is for, in words'},
	'print-join-command': {type: 'boolean', describe: 'print the whole kubeadm join command'},
	'certificate-key': {
		type: 'string',
		bare: true,
		describe:
			'for a joining control plane: share the certificates for two hours, sealed with this key; without a value one is made',
	},
};

export const tokenListOptions: Options = {
	'show-secrets': {type: 'boolean', describe: 'show whole tokens; without it their secret halves are stars'},
};
