import {isShared, rowsFor} from '../../pki/places.ts';
import {foldersOf, pairFiles, sharedFiles} from '../contract/identity-files.ts';
import type {Phase} from '../model.ts';

/** The certificates of each control plane, and copies of the authorities where these were not born. */
export const certificates: Phase = {
	name: 'certificates',
	title: 'Lay down certificates and keys',
	on: 'control-plane',
	// These keys take the longest to make: the kubelet comes up meanwhile.
	apart: true,
	// Nothing signed by an authority is laid down before the authority is: a run that dies here must find it again.
	after: {phase: 'authorities'},
	steps: (scope) => {
		const rows = rowsFor({externalEtcd: 'external' in scope.cluster.configuration.etcd});
		const copies = scope.site.name === scope.identity.birthplace ? [] : rows.filter(isShared);
		const own = rows.filter((row) => row.as === 'pair' && !isShared(row));
		const files = [...copies.flatMap((row) => sharedFiles(scope, row)), ...own.flatMap((row) => pairFiles(scope, row))];
		return [...foldersOf(files), ...files];
	},
};
