/** Two plain values, field by field. */
export type Difference = {readonly path: string; readonly kubeadm: unknown; readonly ours: unknown};

export function differences(kubeadm: unknown, ours: unknown, path: string): Difference[] {
	if (isFolder(kubeadm) && isFolder(ours) && Array.isArray(kubeadm) === Array.isArray(ours)) {
		const keys = new Set([...Object.keys(kubeadm), ...Object.keys(ours)]);
		return [...keys].flatMap((key) => differences(kubeadm[key], ours[key], `${path}/${key}`));
	}
	return Object.is(kubeadm, ours) ? [] : [{path, kubeadm, ours}];
}

function isFolder(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
