/** The other side: what looks bad while a wait goes on and then heals by itself. No such wait may be ended early. */
import {broken, type Row} from './row.ts';

const after = (seconds: number, command: string) =>
	`systemd-run -q --on-active=${seconds}s --timer-property=AccuracySec=100ms sh -c '${command}'`;

export const healingRows: readonly Pick<Row, 'id' | 'how' | 'inject' | 'phase'>[] = [
	{
		id: 'etcd-late',
		how: 'etcd comes half a minute after the API server, which dies for want of it meanwhile',
		inject: broken(
			'kube-apiserver etcd',
			`mv $manifests/etcd.yaml /root/cause/etcd.yaml; ${after(33, 'cp /root/cause/etcd.yaml /etc/kubernetes/manifests/etcd.yaml')}`,
		),
		phase: 'wait-api-server',
	},
	{
		id: 'port-late',
		how: 'port 6443 is another program’s for twenty seconds'.replace('’', "'"),
		inject: broken('kube-apiserver', `thief 6443 /dev/null; ${after(23, 'systemctl stop cause-thief')}`),
		phase: 'wait-api-server',
	},
	{
		id: 'runtime-late',
		how: 'containerd comes fifteen seconds after the kubelet, which dies for want of it meanwhile',
		inject: broken('kube-apiserver', `systemctl stop containerd; ${after(18, 'systemctl start containerd')}`),
		phase: 'wait-api-server',
	},
];
