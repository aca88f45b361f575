/** What kubeadm's own validation asks of its kinds (contract 8.10) beyond the form of single values. */
import {kubernetesVersion} from '../versions.ts';
import {at, get, type Rule} from './given.ts';
import {suggest} from './suggest.ts';

export const kubeadmRules: readonly Rule[] = [
	function etcdIsLocalOrExternal(given, complain) {
		const etcd = get(given, 'ClusterConfiguration', 'etcd');
		const external = get(given, 'ClusterConfiguration', 'etcd', 'external');
		if (external === undefined) return;
		if (get(given, 'ClusterConfiguration', 'etcd', 'local')) complain(etcd, 'etcd has both local and external', 'keep one');
		const {
			caFile = '',
			certFile = '',
			keyFile = '',
			endpoints = [],
		} = external.value as Record<string, string> & {endpoints?: string[]};
		if ((certFile === '') !== (keyFile === '')) complain(external, 'etcd.external needs both certFile and keyFile, or neither');
		else if (certFile !== '' && caFile === '') complain(external, 'etcd.external needs caFile with certFile and keyFile');
		const plain = endpoints.find((url) => !url.startsWith('https://'));
		if (caFile + certFile !== '' && plain)
			complain(external, `etcd.external: ${plain} must be https when certificates are given`);
	},
	function gatesAreKnown(given, complain) {
		const known = kubernetesVersion(given.version).featureGates;
		for (const [gate, on] of Object.entries(at(given, 'featureGates')?.value ?? {})) {
			const hint = suggest(gate, known) ?? `known: ${known.join(', ')}`;
			if (!known.includes(gate)) complain(at(given, 'featureGates'), `unknown feature gate ${gate}`, hint);
			else if (gate === 'RootlessControlPlane' && on)
				complain(at(given, 'featureGates'), 'RootlessControlPlane is not part of this version', 'remove it');
			else if (gate === 'PublicKeysECDSA')
				complain(at(given, 'featureGates'), 'PublicKeysECDSA is old', 'set encryptionAlgorithm: ECDSA-P256');
			else if (gate === 'NodeLocalCRISocket' && !on)
				complain(at(given, 'featureGates'), 'NodeLocalCRISocket cannot be turned off', 'remove it');
		}
	},
	function tokensMakeSense(given, complain) {
		const tokens = at(given, 'bootstrapTokens')?.value ?? [];
		tokens.forEach(({usages = ['signing', 'authentication']}, index) => {
			const here = get(given, 'InitConfiguration', 'bootstrapTokens', index);
			if (!usages.includes('authentication'))
				complain(here, 'a bootstrap token has groups, and so needs the usage authentication');
		});
		if (tokens.length > 1)
			complain(get(given, 'InitConfiguration', 'bootstrapTokens', 1), 'only one bootstrap token is made', 'keep one');
	},
	function caOfJoiners(given, complain) {
		const path = get(given, 'JoinConfiguration', 'caCertPath');
		const folder = at(given, 'certificatesDir')?.value ?? '/etc/kubernetes/pki';
		if (path && path.value !== `${folder}/ca.crt`) complain(path, `JoinConfiguration.caCertPath must be ${folder}/ca.crt`);
	},
	function allStandsAlone({ignore}, complain) {
		if (ignore.includes('all') && ignore.length > 1)
			complain(undefined, 'ignorePreflightErrors: all stands alone', 'name all, or the checks');
	},
];
