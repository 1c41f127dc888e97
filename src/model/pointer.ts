// A pointer: `environments/<env>.yaml`, names the release that the environment should serve.

export interface Pointer {
  readonly release: string;
}

export const maxPointerBytes = 64 * 1024;
