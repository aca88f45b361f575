import {formedMark} from '../contract/etcd-members.ts';
import type {Phase} from '../model.ts';

/**
 * An API server that is ready has an etcd that agrees: from now on the cluster is there, and nobody begins another one with the same machines,
 * whoever answers or not.
 */
export const formed: Phase = {
	name: 'formed',
	title: 'Remember that the cluster has formed',
	on: 'control-plane',
	steps: () => [{kind: 'file', path: formedMark, content: 'yes\n', mode: '0600'}],
};
