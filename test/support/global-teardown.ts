// Ends what global-setup.ts started.
export { tearDown as default } from './global-setup.ts';
