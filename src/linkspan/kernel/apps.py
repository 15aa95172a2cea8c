"""App configuration."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """The kernel's tables."""

    name = "linkspan.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the credential library, which knows no database, pass the gate too."""
        from linkspan.kernel.outside import leaving
        from linkspan.vc import net

        net.leaving = leaving
