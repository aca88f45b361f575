import test from 'ava';
import {holderOf} from '../../src/identity/holder.ts';
import type {Cluster} from '../../src/model.ts';
import {scopesOf} from '../phases/cluster.ts';

test("the API server's certificate has the address by which the operator's kubeconfig reaches it", (t) => {
	const {cp1} = scopesOf([{name: 'cp1'}]);
	const site = {...cp1!.site, address: '10.9.9.9'};
	const names = (loadBalancer: Cluster['loadBalancer'], controlPlaneEndpoint?: string) => {
		const {configuration} = cp1!.cluster;
		const asked = controlPlaneEndpoint === undefined ? configuration : {...configuration, controlPlaneEndpoint};
		return holderOf({...cp1!.cluster, loadBalancer, configuration: asked}, site).apiServerNames;
	};
	t.deepEqual(names('none'), ['10.0.0.1']);
	t.deepEqual(names('external', 'api.example:6443'), []);
	t.deepEqual(names('node-proxy', 'api.test.internal:7443'), ['10.0.0.1']);
});
