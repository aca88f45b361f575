import {isShared, rowsFor} from '../../pki/places.ts';
import {foldersOf, sharedFiles} from '../contract/identity-files.ts';
import type {Phase} from '../model.ts';

/** The CAs and the service accounts' keys, on the one node where they are born: nowhere else, so there can never be two sets. */
export const authorities: Phase = {
	name: 'authorities',
	title: 'Lay down the authorities where they are born',
	on: 'first',
	steps: (scope) => {
		const rows = rowsFor({externalEtcd: 'external' in scope.cluster.configuration.etcd}).filter(isShared);
		const files = rows.flatMap((row) => sharedFiles(scope, row));
		return [...foldersOf(files), ...files];
	},
};
