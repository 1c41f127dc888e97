// Ends what global-setup.ts started.
// oxlint-disable-next-line import/no-default-export -- jest asks for it
export { tearDown as default } from './global-setup.ts';
