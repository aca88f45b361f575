/** Flags of nodes that come and go. */
import type {Option, Options} from './options.ts';

const text = (describe: string): Option => ({type: 'string', describe});
const yes = (describe: string): Option => ({type: 'boolean', describe});

export const removeOptions: Options = {
	yes: {...yes('do not ask'), alias: 'y'},
	force: yes('go on though a machine cannot be cleaned up, and delete pods that nothing makes again'),
	drain: {type: 'boolean', default: true, describe: 'move the pods to other nodes first; --no-drain leaves that out'},
	'drain-timeout': text('how long pods are waited for (5m)'),
};

export const joinOptions: Options = {
	cluster: text('a control plane of the cluster that lives, user@host[:port]; not with nodes in -c'),
	role: {type: 'string', choices: ['worker', 'control-plane'], default: 'worker', describe: 'what the machines become'},
};
