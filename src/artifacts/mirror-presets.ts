/** Ready-made mirrors, by the one word that `spec.mirror` and `--mirror` take. */
import type {Mirror} from '../model.ts';

/** Copies by hand: other manifests around the same config and layers, and flat names. A lock says under which digest each image is there. */
const aliyun = 'https://registry.cn-hangzhou.aliyuncs.com/google_containers';

/** DaoCloud's prefix form: a cache with upstream's own manifests, one host per upstream. */
const images: Mirror['images'] = {
	'docker.io': ['https://docker.m.daocloud.io'],
	'gcr.io': ['https://gcr.m.daocloud.io'],
	'ghcr.io': ['https://ghcr.m.daocloud.io'],
	'k8s.gcr.io': [aliyun, 'https://k8s-gcr.m.daocloud.io'],
	'quay.io': ['https://quay.m.daocloud.io'],
	'registry.k8s.io': [aliyun, 'https://k8s.m.daocloud.io'],
};
/** `{host}` stands for the upstream host of a release. The mirrors of distributions have no releases, only packages. */
const binaries = 'https://files.m.daocloud.io/{host}';

export const mirrorPresets: Readonly<Record<string, Mirror>> = {
	cn: {
		images,
		binaries,
		packages: {kubernetes: 'https://mirrors.aliyun.com/kubernetes-new', docker: 'https://mirrors.aliyun.com/docker-ce'},
		insecure: [],
	},
	/** The university's mirror holds packages alone, on principle; images and binaries are those of `cn`. */
	ustc: {
		images,
		binaries,
		packages: {kubernetes: 'https://mirrors.ustc.edu.cn/kubernetes', docker: 'https://mirrors.ustc.edu.cn/docker-ce'},
		insecure: [],
	},
};
