from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("linkspan_messages", "0002_other_mail")]
    operations = [migrations.RenameField(model_name="noticerow", old_name="link", new_name="about")]
