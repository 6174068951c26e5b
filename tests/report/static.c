/* SPDX-License-Identifier: MIT */
/* A program that no shim can get into. */
int main(void)
{
	return 4;
}
