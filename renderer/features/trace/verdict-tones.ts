import type { TracePath } from '../../../app/trace/model.ts';
import type { TagTone } from '../../ui/tag.tsx';

export const verdictTones: Readonly<Record<TracePath['verdict'], TagTone>> = {
  delivered: 'ok',
  dropped: 'bad',
  rejected: 'bad',
  unknown: 'warn',
};
