import { mountWindow } from './mount-window.tsx';

mountWindow();
